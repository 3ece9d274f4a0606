/* SPDX-License-Identifier: MIT */
/*
 * Loops whose result is of a whole row, where LANES is TR_LANES; included after loops.h, as
 * that is, with
 *   vec_max, vec_min  a > b ? a : b and a < b ? a : b
 *   vec_exp2         (x << 23) + bits of 1, of the bits x of each lane
 */
INLINE float sum_lanes(vec value) {
    float lane[TR_LANES];
    vec_store(lane, value);
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

KERNEL float dot(const float *a, const float *b, size_t count) {
    vec sum = vec_set1(0.0f);
    size_t i = 0;
    for (; count - i >= TR_LANES; i += TR_LANES)
        sum = vec_fma(vec_load(a + i), vec_load(b + i), sum);
    if (i < count)
        sum = vec_fma(load_part(a + i, count - i), load_part(b + i, count - i), sum);
    return sum_lanes(sum);
}

KERNEL float max(const float *row, size_t count) {
    vec highest = vec_set1(-__builtin_inff());
    size_t i = 0;
    for (; count - i >= TR_LANES; i += TR_LANES)
        highest = vec_max(vec_load(row + i), highest);
    float lane[TR_LANES];
    vec_store(lane, highest);
    for (size_t j = 1; j < TR_LANES; j++)
        lane[0] = lane[j] > lane[0] ? lane[j] : lane[0];
    for (; i < count; i++)
        lane[0] = row[i] > lane[0] ? row[i] : lane[0];
    return lane[0];
}

/* e^x to about 2e-7, x clamped to [-87, 88].  The polynomial is the one of
 * Cephes' expf (Stephen Moshier). */
INLINE vec exp_of(vec x) {
    x = vec_min(vec_set1(88.0f), vec_max(vec_set1(-87.0f), x));
    vec magic = vec_set1(12582912.0f); /* adding it rounds to an integer */
    vec shifted = vec_fma(x, vec_set1(1.44269504088896341f), magic);
    vec n = vec_sub(shifted, magic);
    vec r = vec_fnma(n, vec_set1(0.693359375f), x);
    r = vec_fnma(n, vec_set1(-2.12194440e-4f), r);
    vec p = vec_set1(1.9875691500e-4f);
    p = vec_fma(p, r, vec_set1(1.3981999507e-3f));
    p = vec_fma(p, r, vec_set1(8.3334519073e-3f));
    p = vec_fma(p, r, vec_set1(4.1665795894e-2f));
    p = vec_fma(p, r, vec_set1(1.6666665459e-1f));
    p = vec_fma(p, r, vec_set1(5.0000001201e-1f));
    p = vec_add(vec_fma(p, vec_mul(r, r), r), vec_set1(1.0f));
    return vec_mul(p, vec_exp2(shifted));
}

KERNEL float exp_row(float *row, float scale, float less, size_t count) {
    vec s = vec_set1(scale), l = vec_set1(-less), sum = vec_set1(0.0f);
    size_t i = 0;
    for (; count - i >= TR_LANES; i += TR_LANES) {
        vec e = exp_of(vec_fma(s, vec_load(row + i), l));
        vec_store(row + i, e);
        sum = vec_add(sum, e);
    }
    if (i < count) {
        store_part(row + i, exp_of(vec_fma(s, load_part(row + i, count - i), l)), count - i);
        sum = vec_add(sum, load_part(row + i, count - i));
    }
    return sum_lanes(sum);
}
