// Images as a model reads them: cropped, mirrored, normalised and cut out, in one pass over uint8 pixels.
//
// `tasks/_prepare.py` says the same in torch, and a test holds both to the same bits: what a pixel of 0 .. 255 becomes is
// looked up in a table made there.
#include <algorithm>
#include <cstdint>

namespace {

struct Work {
  int32_t images, channels, height, width;
  int32_t crop, flip, cutout;  // pixels of border, whether mirrored, side of the square
};

enum Draw { TOP, LEFT, FLIP, ROW, COLUMN };  // rows of the draws

template <class T>
void image(const Work& w, const uint8_t* from, const T* table, const int64_t* draws, int place, T* to) {
  const auto draw = [&](Draw what) { return draws == nullptr ? 0 : draws[int64_t(what) * w.images + place]; };
  const int border = draws == nullptr ? 0 : w.crop;
  const int top = int(draw(TOP) % (2 * border + 1)) - border, left = int(draw(LEFT) % (2 * border + 1)) - border;
  const bool mirrored = draws != nullptr && w.flip && draw(FLIP) % 2 == 1;
  for (int c = 0; c < w.channels; c++, table += 256, from += w.height * w.width) {
    for (int y = 0; y < w.height; y++, to += w.width) {
      const int row = y + top;
      const int first = std::max(0, -left), last = std::min(w.width, w.width - left);  // columns inside, unmirrored
      if (row < 0 || row >= w.height) {
        std::fill(to, to + w.width, table[0]);
        continue;
      }
      const uint8_t* source = from + row * w.width + left;
      T* const end = to + w.width - 1;
      const auto at = [&](int x) -> T& { return mirrored ? *(end - x) : to[x]; };
      for (int x = 0; x < first; x++) at(x) = table[0];
      if (mirrored) {
        for (int x = first; x < last; x++) *(end - x) = table[source[x]];
      } else {
        for (int x = first; x < last; x++) to[x] = table[source[x]];
      }
      for (int x = last; x < w.width; x++) at(x) = table[0];
    }
  }
  if (draws == nullptr || w.cutout == 0) return;
  to -= int64_t(w.channels) * w.height * w.width;
  const int row = int(draw(ROW) % w.height) - w.cutout / 2, column = int(draw(COLUMN) % w.width) - w.cutout / 2;
  for (int c = 0; c < w.channels; c++, to += w.height * w.width)
    for (int y = std::max(row, 0); y < std::min(row + w.cutout, w.height); y++)
      for (int x = std::max(column, 0); x < std::min(column + w.cutout, w.width); x++) to[y * w.width + x] = 0;
}

template <class T>
void images(const Work& w, const uint8_t* from, const void* table, const int64_t* draws, void* to) {
  const int64_t pixels = int64_t(w.channels) * w.height * w.width;
  for (int i = 0; i < w.images; i++)
    image(w, from + i * pixels, static_cast<const T*>(table), draws, i, static_cast<T*>(to) + i * pixels);
}

}  // namespace

// from: (images, channels, height, width). table: (channels, 256). draws: (5, images), or null for an evaluation.
extern "C" __attribute__((visibility("default"))) void lanes_prepare(const Work* work, const uint8_t* from,
                                                                      const void* table, const int64_t* draws,
                                                                      int wide, void* to) {
  wide ? images<double>(*work, from, table, draws, to) : images<float>(*work, from, table, draws, to);
}
