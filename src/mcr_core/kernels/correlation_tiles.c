/* S2 and S3 of planes and their gradient, by tiles that stay in the registers of the processor.

   Features are T_r(x) = I(x) I(x + r), for the lags r of a half plane; the sums over the pixels of
   T_a T_b are S3, those of T_a are S2. The gradient with respect to a feature is U = W T + g; as
   T_r(x) is I(x) times a part of the image that begins r further on, W T needs no features in
   memory: a tile of it is the sum over b of W_ab times pixels that are read at x + b. What a tile
   has found it adds to the gradient at once, U_a(x) I(x + a) at x and U_a(x) I(x) at x + a.

   Compiled once for each instruction set of hatch_build.py, and called by correlation_tiles.py.
   Periodic planes must be as large as the longest lag; open ones may be smaller. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Pixels that are taken together: rows are filled up to a multiple with zeros. */
#define CHUNK 16L
/* Bytes between two rows of features, so that these do not fall on one place of a cache, */
#define APART 64L
/* and bytes that the features of some pixels may take, for a cache to hold them. */
#define HELD (2L * 1024 * 1024)
/* Rows that are held at once. */
#define BAND 64L
#define UNROLL _Pragma("GCC unroll 16")

#if defined(__AVX512F__)
#define BYTES 64L
#elif defined(__AVX2__)
#define BYTES 32L
#endif

/* A band of rows of a plane: what is held at once, so that memory does not grow with the plane.
   `across` chunks make a row, `filled` are those with which the last tile is full. `around` is the
   band with `side` columns on both sides and `side` rows below; `there`, a slab for each column
   lag, takes up what goes to other pixels. Sizes are numbers of values. */
struct shape {
    long height, width, periodic, side, lags, top, rows;
    long across, chunks, filled;
    long around_row, around;
    long there_left, there_row, there_slab, there;
};

static long rounded_up(long number, long step)
{
    return (number + step - 1) / step * step;
}

/* The band from the row `top` to before `bottom`, or that of BAND rows. */
static struct shape shape_of(long height, long width, long limit_to, long periodic, long top,
                             long bottom)
{
    struct shape s = {.height = height, .width = width, .periodic = periodic, .top = top};
    s.rows = bottom - top < BAND ? bottom - top : BAND;
    s.side = limit_to - 1;
    s.lags = limit_to * (2 * limit_to - 1) - s.side;
    s.across = rounded_up(width, CHUNK) / CHUNK;
    s.chunks = s.rows * s.across;
    s.filled = rounded_up(s.chunks, 4); /* CHUNKS divides 4 */
    s.around_row = s.across * CHUNK + 2 * s.side;
    s.around = rounded_up((s.rows + s.side) * s.around_row, CHUNK);
    s.there_left = rounded_up(2 * s.side, CHUNK);
    s.there_row = s.there_left + rounded_up(s.around_row, CHUNK);
    s.there_slab = (s.rows + s.side) * s.there_row;
    s.there = (2 * s.side + 1) * s.there_slab;
    return s;
}

/* The row of the plane that a row of `around` is, or -1 where there is none. */
static long row_of(const struct shape *s, long number)
{
    long row = s->top + number;
    return row < s->height ? row : s->periodic ? row % s->height : -1;
}

/* Row and column of a lag of the half plane: (0, 0 ... side), then (dy, -side ... side). */
static void lag_of(const struct shape *s, long number, long *down, long *right)
{
    long at = number + s->side;
    *down = at / (2 * s->side + 1);
    *right = at % (2 * s->side + 1) - s->side;
}

/* Where a chunk begins in `around`. Those behind the last one, whose pixels are 0, are put
   anywhere. */
static long place(const struct shape *s, long chunk)
{
    chunk = chunk < s->chunks ? chunk : 0;
    return chunk / s->across * s->around_row + chunk % s->across * CHUNK;
}

/* The same in `there`. */
static long land(const struct shape *s, long chunk)
{
    chunk = chunk < s->chunks ? chunk : 0;
    return chunk / s->across * s->there_row + s->there_left + chunk % s->across * CHUNK;
}

#define REAL float
#define NAMED(name) name##_float
#include "correlation_tiles.h"
#undef REAL
#undef NAMED
#define REAL double
#define NAMED(name) name##_double
#include "correlation_tiles.h"

/* What correlation_tiles.py expects: to be changed with the arguments of functions. */
int interface(void)
{
    return 2;
}

/* Whether this processor has the instructions that this file was compiled for. */
int supported(void)
{
#if defined(__AVX512F__)
    return __builtin_cpu_supports("avx512f");
#else
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
}
