//! Go's `slices.SortFunc`, step for step: it is not stable, and the order it leaves equal elements in is the order in
//! which `internal/trace` takes events of the same time. After `slices/zsortanyfunc.go` (BSD-style licence, The Go
//! Authors).

/// Sorts by `key` into the very order that Go's pattern-defeating quicksort gives.
pub fn sort_as_go<T>(data: &mut [T], key: impl Fn(&T) -> i64 + Copy) {
    let limit = usize::BITS - data.len().leading_zeros();
    let less = move |data: &[T], i: usize, j: usize| key(&data[i]) < key(&data[j]);
    pdqsort(data, 0, data.len(), limit, less);
}

#[derive(Clone, Copy, PartialEq)]
enum Hint {
    Unknown,
    Increasing,
    Decreasing,
}

fn pdqsort<T>(
    data: &mut [T],
    mut a: usize,
    mut b: usize,
    mut limit: u32,
    less: impl Fn(&[T], usize, usize) -> bool + Copy,
) {
    const MAX_INSERTION: usize = 12;
    let mut was_balanced = true;
    let mut was_partitioned = true;
    loop {
        let length = b - a;
        if length <= MAX_INSERTION {
            return insertion_sort(data, a, b, less);
        }
        if limit == 0 {
            return heap_sort(data, a, b, less);
        }
        if !was_balanced {
            break_patterns(data, a, b);
            limit -= 1;
        }
        let (mut pivot, mut hint) = choose_pivot(data, a, b, less);
        if hint == Hint::Decreasing {
            data[a..b].reverse();
            pivot = (b - 1) - (pivot - a);
            hint = Hint::Increasing;
        }
        if was_balanced
            && was_partitioned
            && hint == Hint::Increasing
            && partial_insertion_sort(data, a, b, less)
        {
            return;
        }
        // Probably many equal elements.
        if a > 0 && !less(data, a - 1, pivot) {
            a = partition_equal(data, a, b, pivot, less);
            continue;
        }
        let (middle, already) = partition(data, a, b, pivot, less);
        was_partitioned = already;
        let (left, right) = (middle - a, b - middle);
        let threshold = length / 8;
        if left < right {
            was_balanced = left >= threshold;
            pdqsort(data, a, middle, limit, less);
            a = middle + 1;
        } else {
            was_balanced = right >= threshold;
            pdqsort(data, middle + 1, b, limit, less);
            b = middle;
        }
    }
}

fn insertion_sort<T>(
    data: &mut [T],
    a: usize,
    b: usize,
    less: impl Fn(&[T], usize, usize) -> bool,
) {
    for i in a + 1..b {
        let mut j = i;
        while j > a && less(data, j, j - 1) {
            data.swap(j, j - 1);
            j -= 1;
        }
    }
}

fn sift_down<T>(
    data: &mut [T],
    low: usize,
    high: usize,
    first: usize,
    less: impl Fn(&[T], usize, usize) -> bool,
) {
    let mut root = low;
    loop {
        let mut child = 2 * root + 1;
        if child >= high {
            return;
        }
        if child + 1 < high && less(data, first + child, first + child + 1) {
            child += 1;
        }
        if !less(data, first + root, first + child) {
            return;
        }
        data.swap(first + root, first + child);
        root = child;
    }
}

fn heap_sort<T>(
    data: &mut [T],
    a: usize,
    b: usize,
    less: impl Fn(&[T], usize, usize) -> bool + Copy,
) {
    let high = b - a;
    for i in (0..=(high - 1) / 2).rev() {
        sift_down(data, i, high, a, less);
    }
    for i in (0..high).rev() {
        data.swap(a, a + i);
        sift_down(data, 0, i, a, less);
    }
}

fn partition<T>(
    data: &mut [T],
    a: usize,
    b: usize,
    pivot: usize,
    less: impl Fn(&[T], usize, usize) -> bool,
) -> (usize, bool) {
    data.swap(a, pivot);
    let (mut i, mut j) = (a + 1, b - 1);
    while i <= j && less(data, i, a) {
        i += 1;
    }
    while i <= j && !less(data, j, a) {
        j -= 1;
    }
    if i > j {
        data.swap(j, a);
        return (j, true);
    }
    data.swap(i, j);
    i += 1;
    j -= 1;
    loop {
        while i <= j && less(data, i, a) {
            i += 1;
        }
        while i <= j && !less(data, j, a) {
            j -= 1;
        }
        if i > j {
            break;
        }
        data.swap(i, j);
        i += 1;
        j -= 1;
    }
    data.swap(j, a);
    (j, false)
}

fn partition_equal<T>(
    data: &mut [T],
    a: usize,
    b: usize,
    pivot: usize,
    less: impl Fn(&[T], usize, usize) -> bool,
) -> usize {
    data.swap(a, pivot);
    let (mut i, mut j) = (a + 1, b - 1);
    loop {
        while i <= j && !less(data, a, i) {
            i += 1;
        }
        while i <= j && less(data, a, j) {
            j -= 1;
        }
        if i > j {
            return i;
        }
        data.swap(i, j);
        i += 1;
        j -= 1;
    }
}

fn partial_insertion_sort<T>(
    data: &mut [T],
    a: usize,
    b: usize,
    less: impl Fn(&[T], usize, usize) -> bool,
) -> bool {
    const MAX_STEPS: usize = 5;
    const SHORTEST_SHIFTING: usize = 50;
    let mut i = a + 1;
    for _ in 0..MAX_STEPS {
        while i < b && !less(data, i, i - 1) {
            i += 1;
        }
        if i == b {
            return true;
        }
        if b - a < SHORTEST_SHIFTING {
            return false;
        }
        data.swap(i, i - 1);
        if i - a >= 2 {
            for j in (1..i).rev() {
                if !less(data, j, j - 1) {
                    break;
                }
                data.swap(j, j - 1);
            }
        }
        if b - i >= 2 {
            for j in i + 1..b {
                if !less(data, j, j - 1) {
                    break;
                }
                data.swap(j, j - 1);
            }
        }
    }
    false
}

fn break_patterns<T>(data: &mut [T], a: usize, b: usize) {
    let length = b - a;
    if length < 8 {
        return;
    }
    let mut random = length as u64;
    let modulus = 1u64 << (usize::BITS - length.leading_zeros());
    let middle = a + (length / 4) * 2;
    for i in middle - 1..=middle + 1 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let mut other = (random & (modulus - 1)) as usize;
        if other >= length {
            other -= length;
        }
        data.swap(i, a + other);
    }
}

fn choose_pivot<T>(
    data: &[T],
    a: usize,
    b: usize,
    less: impl Fn(&[T], usize, usize) -> bool,
) -> (usize, Hint) {
    const SHORTEST_NINTHER: usize = 50;
    const MAX_SWAPS: usize = 4 * 3;
    let length = b - a;
    let mut swaps = 0;
    let mut median = |mut a: usize, mut b: usize, mut c: usize| {
        let mut order = |x: &mut usize, y: &mut usize| {
            if less(data, *y, *x) {
                swaps += 1;
                std::mem::swap(x, y);
            }
        };
        order(&mut a, &mut b);
        order(&mut b, &mut c);
        order(&mut a, &mut b);
        b
    };
    let (mut i, mut j, mut k) = (a + length / 4, a + length / 4 * 2, a + length / 4 * 3);
    if length >= 8 {
        if length >= SHORTEST_NINTHER {
            i = median(i - 1, i, i + 1);
            j = median(j - 1, j, j + 1);
            k = median(k - 1, k, k + 1);
        }
        j = median(i, j, k);
    }
    match swaps {
        0 => (j, Hint::Increasing),
        MAX_SWAPS => (j, Hint::Decreasing),
        _ => (j, Hint::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(shape: u64, length: u64) -> Vec<(i64, u32)> {
        let mut state = length + 1;
        (0..length)
            .map(|i| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let key = match shape {
                    0 => state >> 33,
                    1 => (state >> 33) % 7,
                    2 => i,
                    3 => length - i,
                    4 => i % 10,
                    5 => i ^ 1,
                    _ => i / 3 + (state >> 63) * 5,
                };
                (key as i64, i as u32)
            })
            .collect()
    }

    /// Go 1.27 sorted the same arrays; the numbers are `fnv`-like sums over the order of the second members.
    #[test]
    fn the_same_order_as_go() {
        let mut sums = Vec::new();
        for kind in 0..7 {
            for length in [2, 12, 13, 49, 50, 51, 200, 1000, 5000] {
                let mut data = shape(kind, length);
                sort_as_go(&mut data, |element| element.0);
                assert!(data.is_sorted_by_key(|element| element.0));
                let sum = data.iter().fold(0u64, |sum, element| {
                    (sum ^ u64::from(element.1)).wrapping_mul(1_099_511_628_211)
                });
                sums.push(sum);
            }
        }
        let total = sums.iter().fold(0u64, |total, sum| {
            (total ^ sum).wrapping_mul(1_099_511_628_211)
        });
        assert_eq!(total, GO_TOTAL);
    }

    const GO_TOTAL: u64 = 7752474846686873061;
}
