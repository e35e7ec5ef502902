// Memory for vectors: aligned, zeroed, in large pages where the system has them.
#pragma once

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "vectors.h"

namespace lanes {

constexpr size_t LARGE_PAGE = size_t(1) << 21;

template <class T>
class Memory {
 public:
  using V = Vector<T>;

  Memory() = default;
  explicit Memory(size_t count) : count_(count) {
    if (count == 0) return;
    const size_t bytes = count * sizeof(V), unit = bytes >= LARGE_PAGE ? LARGE_PAGE : 64;
    if (bytes / sizeof(V) != count) throw std::bad_alloc();
    data_ = static_cast<V*>(std::aligned_alloc(unit, (bytes + unit - 1) / unit * unit));
    if (data_ == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    if (unit == LARGE_PAGE) madvise(data_, bytes, MADV_HUGEPAGE);
#endif
    clear();
  }
  Memory(Memory&& other) noexcept : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  Memory& operator=(Memory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }
  ~Memory() { std::free(data_); }

  V* data() { return data_; }
  const V* data() const { return data_; }
  V& operator[](size_t place) { return data_[place]; }
  const V& operator[](size_t place) const { return data_[place]; }
  size_t count() const { return count_; }
  void clear() {
    if (count_ > 0) std::memset(static_cast<void*>(data_), 0, count_ * sizeof(V));
  }

 private:
  V* data_ = nullptr;
  size_t count_ = 0;
};

}  // namespace lanes
