/* The functions of correlation_tiles.c for one precision. Included once for each. */

/* In registers a vector, in memory numbers that may lie anywhere. */
typedef REAL NAMED(vector) __attribute__((vector_size(BYTES)));
typedef REAL NAMED(loose) __attribute__((vector_size(BYTES), aligned(sizeof(REAL)), may_alias));
#define VECTOR NAMED(vector)
#define LOAD(place) ((VECTOR) * (const NAMED(loose) *)(place))
#define STORE(place, value) (*(NAMED(loose) *)(place) = (NAMED(loose))(value))
#define LANES (BYTES / (long)sizeof(REAL))

/* Vectors of a chunk; chunks and lags of a tile of the gradient, lags of a tile of the sums: so
   many that their sums fill the registers, of which there are 32 or 16. */
#define SPAN (CHUNK / LANES)
#define CHUNKS NAMED(chunks)
#define LAGS NAMED(lags)
#define HIGH NAMED(high)
#define WIDE NAMED(wide)
#if defined(__AVX512F__)
enum { CHUNKS = 4 / SPAN, LAGS = 6, HIGH = 6, WIDE = 4 };
#else
enum { CHUNKS = 1, LAGS = SPAN == 2 ? 6 : 2, HIGH = 4, WIDE = 3 };
#endif
#define ACROSS (CHUNKS * SPAN)

/* Where things lie in the memory that is handed in. */
struct NAMED(memory) {
    REAL *own, *around;
    /* For the sums: */
    REAL *features;
    long strip, apart;
    /* For the gradient: */
    REAL *weights, *constants, *here, *there;
    long *places, *lands;
    /* Bytes in all. */
    long size;
};

static struct NAMED(memory) NAMED(memory_of)(const struct shape *s, char *start)
{
    struct NAMED(memory) m;
    char *at = (char *)(((uintptr_t)start + 63) / 64 * 64);
    long pixels = s->filled * CHUNK, tiles = rounded_up(s->lags, LAGS);
#define TAKE(name, count)                                                                          \
    m.name = (void *)at;                                                                           \
    at += rounded_up((count) * (long)sizeof(*m.name), 64)
    /* Before all that depends on the rows of a band: they are packed once for all bands. */
    TAKE(weights, tiles * s->lags);
    TAKE(constants, tiles);
    TAKE(own, pixels);
    TAKE(around, s->around);
    char *shared = at;
    /* Rows of a power of two would fall on the same places of a cache. */
    long rows = s->lags + 1 + HIGH + WIDE;
    m.strip = HELD / (rows * CHUNK * (long)sizeof(REAL));
    m.strip = m.strip < 4 ? 4 : m.strip < s->chunks ? m.strip : s->chunks;
    m.apart = m.strip * CHUNK + APART / (long)sizeof(REAL);
    TAKE(features, rows * m.apart);
    char *end = at;
    at = shared;
    TAKE(here, pixels);
    TAKE(there, s->there);
    TAKE(places, tiles);
    TAKE(lands, tiles);
#undef TAKE
    m.size = (at > end ? at : end) - start + 64;
    return m;
}

/* Bytes of memory that the other functions need. */
long NAMED(memory)(long height, long width, long limit_to)
{
    struct shape s = shape_of(height, width, limit_to, 0, 0, height);
    char none;
    return NAMED(memory_of)(&s, &none).size;
}

/* A band in chunks, and the same with what lies around it. */
static void NAMED(lay)(const struct shape *s, const REAL *field, struct NAMED(memory) *m)
{
    long number = (long)sizeof(REAL);
    memset(m->own, 0, s->filled * CHUNK * number);
    memset(m->around, 0, s->around * number);
    for (long y = 0; y < s->rows; y++)
        memcpy(m->own + y * s->across * CHUNK, field + (s->top + y) * s->width,
               s->width * number);
    for (long y = 0; y < s->rows + s->side && row_of(s, y) >= 0; y++) {
        const REAL *row = field + row_of(s, y) * s->width;
        REAL *to = m->around + y * s->around_row;
        memcpy(to + s->side, row, s->width * number);
        if (s->periodic) {
            memcpy(to, row + s->width - s->side, s->side * number);
            memcpy(to + s->side + s->width, row, s->side * number);
        }
    }
}

/* Features of some chunks of pixels: a row for each lag, and a row of ones. */
static void NAMED(features)(const struct shape *s, struct NAMED(memory) *m, long first, long held)
{
    for (long lag = 0; lag < s->lags; lag++) {
        long down, right;
        lag_of(s, lag, &down, &right);
        const REAL *far = m->around + down * s->around_row + s->side + right;
        for (long chunk = 0; chunk < held; chunk++) {
            const REAL *image = m->own + (first + chunk) * CHUNK;
            const REAL *other = far + place(s, first + chunk);
            REAL *feature = m->features + lag * m->apart + chunk * CHUNK;
            UNROLL for (long n = 0; n < SPAN; n++)
                STORE(feature + n * LANES, LOAD(image + n * LANES) * LOAD(other + n * LANES));
        }
    }
    for (long pixel = 0; pixel < held * CHUNK; pixel++)
        m->features[s->lags * m->apart + pixel] = 1;
}

/* Sums over pixels of the products of HIGH rows with WIDE rows. */
static void NAMED(sum_tile)(const REAL *one, const REAL *other, long apart, long pixels,
                            REAL found[HIGH][WIDE])
{
    VECTOR sums[HIGH][WIDE];
    UNROLL for (int a = 0; a < HIGH; a++)
        UNROLL for (int b = 0; b < WIDE; b++)
            sums[a][b] = (VECTOR){0};
    for (long pixel = 0; pixel < pixels; pixel += LANES) {
        VECTOR right[WIDE];
        UNROLL for (int b = 0; b < WIDE; b++)
            right[b] = LOAD(other + b * apart + pixel);
        UNROLL for (int a = 0; a < HIGH; a++) {
            VECTOR left = LOAD(one + a * apart + pixel);
            UNROLL for (int b = 0; b < WIDE; b++)
                sums[a][b] += left * right[b];
        }
    }
    for (int a = 0; a < HIGH; a++)
        for (int b = 0; b < WIDE; b++) {
            REAL lanes[LANES];
            memcpy(lanes, &sums[a][b], sizeof(lanes));
            UNROLL for (long half = LANES / 2; half > 0; half /= 2)
                UNROLL for (long lane = 0; lane < half; lane++)
                    lanes[lane] += lanes[lane + half];
            found[a][b] = lanes[0];
        }
}

/* Add the sums over the pixels of a band, of one half of the matrix. */
static void NAMED(add_sums)(const struct shape *s, struct NAMED(memory) *m, REAL *total)
{
    long count = s->lags + 1;
    /* The rows that only fill tiles are numbers, too. */
    memset(m->features + count * m->apart, 0, (HIGH + WIDE) * m->apart * (long)sizeof(REAL));
    for (long first = 0; first < s->chunks; first += m->strip) {
        long held = s->chunks - first < m->strip ? s->chunks - first : m->strip;
        NAMED(features)(s, m, first, held);
        for (long a = 0; a < count; a += HIGH)
            for (long b = 0; b < count && b < a + HIGH; b += WIDE) {
                REAL found[HIGH][WIDE];
                NAMED(sum_tile)(m->features + a * m->apart, m->features + b * m->apart, m->apart,
                                held * CHUNK, found);
                for (long i = a; i < count && i < a + HIGH; i++)
                    for (long j = b; j <= i && j < b + WIDE; j++)
                        total[i * count + j] += found[i - a][j - b];
            }
    }
}

/* Sums over the pixels of T_a T_b, and in the last row and column of T_a; what is in both is not
   of use.

   fields [planes, height, width], totals [planes, lags + 1, lags + 1]; of the rows from `top` to
   before `bottom` of each plane. `memory` is for this call alone. */
void NAMED(sums)(long planes, long height, long width, long limit_to, long periodic, long top,
                 long bottom, const REAL *fields, REAL *totals, char *memory)
{
    for (long plane = 0; plane < planes; plane++) {
        long count = shape_of(height, width, limit_to, periodic, 0, height).lags + 1;
        REAL *total = totals + plane * count * count;
        memset(total, 0, count * count * (long)sizeof(REAL));
        for (long row = top; row < bottom; row += BAND) {
            struct shape s = shape_of(height, width, limit_to, periodic, row, bottom);
            struct NAMED(memory) m = NAMED(memory_of)(&s, memory);
            NAMED(lay)(&s, fields + plane * height * width, &m);
            NAMED(add_sums)(&s, &m, total);
        }
        for (long i = 0; i < count; i++)
            for (long j = i + 1; j < count; j++)
                total[i * count + j] = total[j * count + i];
    }
}

/* What the pixels of CHUNKS chunks give to the gradient by LAGS lags. */
static void NAMED(slope_tile)(const struct shape *s, struct NAMED(memory) *m, long chunk, long lag)
{
    const REAL *around[CHUNKS];
    UNROLL for (int c = 0; c < CHUNKS; c++)
        around[c] = m->around + place(s, chunk + c);
    const REAL *weights = m->weights + lag * s->lags;
    VECTOR sums[LAGS][ACROSS];
    UNROLL for (int a = 0; a < LAGS; a++)
        UNROLL for (int n = 0; n < ACROSS; n++)
            sums[a][n] = (VECTOR){0};
    for (long b = 0; b < s->lags; b++) {
        VECTOR far[ACROSS];
        UNROLL for (int n = 0; n < ACROSS; n++)
            far[n] = LOAD(around[n / SPAN] + m->places[b] + n % SPAN * LANES);
        UNROLL for (int a = 0; a < LAGS; a++) {
            VECTOR weight = weights[b * LAGS + a] - (VECTOR){0};
            UNROLL for (int n = 0; n < ACROSS; n++)
                sums[a][n] += weight * far[n];
        }
    }
    UNROLL for (int n = 0; n < ACROSS; n++) {
        long begins = n % SPAN * LANES, pixel = chunk * CHUNK + n * LANES;
        REAL *there = m->there + land(s, chunk + n / SPAN) + begins;
        VECTOR image = LOAD(m->own + pixel), here = LOAD(m->here + pixel);
        /* Lags that only fill the tile are the first one again, with weights of 0. */
        UNROLL for (int a = 0; a < LAGS; a++) {
            VECTOR slope = sums[a][n] * image + m->constants[lag + a];
            here += slope * LOAD(around[n / SPAN] + m->places[lag + a] + begins);
            REAL *to = there + m->lands[lag + a];
            STORE(to, LOAD(to) + slope * image);
        }
        STORE(m->here + pixel, here);
    }
}

/* Weights [lags, lags + 1] in the order in which tiles read them. */
static void NAMED(pack)(const struct shape *s, const REAL *weights, struct NAMED(memory) *m)
{
    for (long lag = 0; lag < rounded_up(s->lags, LAGS); lag++) {
        int fills = lag >= s->lags;
        m->constants[lag] = fills ? 0 : weights[lag * (s->lags + 1) + s->lags];
        REAL *to = m->weights + lag / LAGS * LAGS * s->lags + lag % LAGS;
        for (long b = 0; b < s->lags; b++)
            to[b * LAGS] = fills ? 0 : weights[lag * (s->lags + 1) + b];
    }
}

/* Where the lags of a band are. */
static void NAMED(locate)(const struct shape *s, struct NAMED(memory) *m)
{
    for (long lag = 0; lag < rounded_up(s->lags, LAGS); lag++) {
        long down, right;
        lag_of(s, lag < s->lags ? lag : 0, &down, &right);
        m->places[lag] = down * s->around_row + s->side + right;
        m->lands[lag] = (s->side + right) * s->there_slab + down * s->there_row;
    }
}

/* Add what the pixels of a band give to themselves and others to the gradient of the plane. */
static void NAMED(add_gradient)(const struct shape *s, struct NAMED(memory) *m, REAL *gradient)
{
    /* `around` has served: here it takes up the gradient of the band and of what surrounds it. */
    for (long y = 0; y < s->rows + s->side; y++)
        for (long x = 0; x < s->around_row; x += LANES) {
            VECTOR sum = {0};
            for (long slab = 0; slab < 2 * s->side + 1; slab++)
                sum += LOAD(m->there + slab * s->there_slab + y * s->there_row + s->there_left + x
                            - slab);
            long fits = s->around_row - x < LANES ? s->around_row - x : LANES;
            memcpy(m->around + y * s->around_row + x, &sum, fits * (long)sizeof(REAL));
        }
    for (long y = 0; y < s->rows; y++)
        for (long x = 0; x < s->width; x++)
            gradient[(s->top + y) * s->width + x] += m->here[y * s->across * CHUNK + x];
    for (long y = 0; y < s->rows + s->side && row_of(s, y) >= 0; y++) {
        REAL *to = gradient + row_of(s, y) * s->width;
        const REAL *from = m->around + y * s->around_row;
        for (long x = 0; x < s->width; x++)
            to[x] += from[s->side + x];
        if (s->periodic)
            for (long x = 0; x < s->side; x++) {
                to[s->width - s->side + x] += from[x];
                to[x] += from[s->side + s->width + x];
            }
    }
}

/* The gradient of the sum of weights times sums.

   weights [planes, lags, lags + 1], or [1, ...] for all planes where `shared`: twice the symmetric
   part of those of T_a T_b, and in the last column those of T_a; gradients like fields. `top` and
   `bottom` as for the sums: what the pixels of these rows give. */
void NAMED(gradient)(long planes, long height, long width, long limit_to, long periodic, long top,
                     long bottom, long shared, const REAL *fields, const REAL *weights,
                     REAL *gradients, char *memory)
{
    memset(gradients, 0, planes * height * width * (long)sizeof(REAL));
    for (long plane = 0; plane < planes; plane++)
        for (long row = top; row < bottom; row += BAND) {
            struct shape s = shape_of(height, width, limit_to, periodic, row, bottom);
            struct NAMED(memory) m = NAMED(memory_of)(&s, memory);
            if (row == top && (plane == 0 || !shared))
                NAMED(pack)(&s, weights + plane * s.lags * (s.lags + 1), &m);
            NAMED(locate)(&s, &m);
            NAMED(lay)(&s, fields + plane * height * width, &m);
            memset(m.here, 0, s.filled * CHUNK * (long)sizeof(REAL));
            memset(m.there, 0, s.there * (long)sizeof(REAL));
            /* Pixels outside: what a row of them reads and adds to stays in a cache. */
            for (long chunk = 0; chunk < s.chunks; chunk += CHUNKS)
                for (long lag = 0; lag < s.lags; lag += LAGS)
                    NAMED(slope_tile)(&s, &m, chunk, lag);
            NAMED(add_gradient)(&s, &m, gradients + plane * height * width);
        }
}

#undef VECTOR
#undef LOAD
#undef STORE
#undef LANES
#undef SPAN
#undef CHUNKS
#undef LAGS
#undef HIGH
#undef WIDE
#undef ACROSS
