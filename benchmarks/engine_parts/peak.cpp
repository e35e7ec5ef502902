// What a core can do: fused multiply-adds in float32 in registers, in enough chains that none waits for the one before.
//
// Run by `_peak.py`, one process per core. For each line it reads it computes for so many seconds, the argument, and
// prints GFLOP/s: 2 for each multiply-add.
#include <chrono>
#include <cstdio>
#include <cstdlib>

#if defined(__AVX512F__)
constexpr int BYTES = 64, CHAINS = 24;  // of 32 registers
#elif defined(__AVX__)
constexpr int BYTES = 32, CHAINS = 12;  // of 16 registers
#else
constexpr int BYTES = 16, CHAINS = 12;
#endif
constexpr int LANES = BYTES / sizeof(float);
typedef float Vector __attribute__((vector_size(BYTES)));

// So many rounds of one multiply-add in each chain.
static float multiply_add(long rounds, float factor, float term) {
  const Vector x = factor - Vector{}, y = term - Vector{};
  Vector sum[CHAINS];
  for (int c = 0; c < CHAINS; c++) sum[c] = float(c) - Vector{};
  for (long r = 0; r < rounds; r++) {
#pragma GCC unroll 32
    for (int c = 0; c < CHAINS; c++) sum[c] = sum[c] * x + y;
  }
  float all = 0;
  for (int c = 0; c < CHAINS; c++)
    for (int l = 0; l < LANES; l++) all += sum[c][l];
  return all;
}

int main(int count, char** arguments) {
  using Clock = std::chrono::steady_clock;
  constexpr long ROUNDS = 1'000'000;
  const double seconds = count > 1 ? std::atof(arguments[1]) : 0.3;
  volatile float factor = 0.999f, term = 0.001f, kept = 0;  // sums stay near 1
  while (std::getchar() == '\n') {
    const auto begin = Clock::now();
    double taken = 0;
    long times = 0;
    for (; taken < seconds; times++) {
      kept = kept + multiply_add(ROUNDS, factor, term);
      taken = std::chrono::duration<double>(Clock::now() - begin).count();
    }
    std::printf("%f\n", 2e-9 * LANES * CHAINS * ROUNDS * times / taken);
    std::fflush(stdout);
  }
}
