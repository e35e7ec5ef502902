// A few threads that do one job together, again and again.
#pragma once

#include <barrier>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace lanes {

class Workers {
 public:
  explicit Workers(int count) : count_(count), barrier_(count) {
    for (int worker = 1; worker < count; worker++) threads_.emplace_back([this, worker] { serve(worker); });
  }
  ~Workers() {
    {
      std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  int count() const { return count_; }

  // Calls job(worker) on every thread; returns when all have ended.
  void run(const std::function<void(int)>& job) {
    if (count_ > 1) {
      std::lock_guard lock(mutex_);
      job_ = &job;
      round_++;
      wake_.notify_all();
    }
    job(0);
    meet();
  }

  // Inside a job: waits until every thread is here.
  void meet() {
    if (count_ > 1) barrier_.arrive_and_wait();
  }

 private:
  void serve(int worker) {
    for (long seen = 0;;) {
      const std::function<void(int)>* job;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return ending_ || round_ != seen; });
        if (ending_) return;
        seen = round_;
        job = job_;
      }
      (*job)(worker);
      meet();
    }
  }

  int count_;
  std::barrier<> barrier_;
  std::mutex mutex_;
  std::condition_variable wake_;
  const std::function<void(int)>* job_ = nullptr;
  long round_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace lanes
