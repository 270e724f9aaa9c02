//! One sort for all that is sorted by numbers and in no hot loop. The library's makes code anew for each type and each key,
//! some kilobytes of the page's module each time.

/// The places of some keys, by these: first numbers first. Those of equal keys stay in their order. For no more than
/// 2³² keys.
pub fn places_by(keys: &mut dyn Iterator<Item = [i64; 2]>) -> Vec<u32> {
    let mut places: Vec<([i64; 2], u32)> = keys.zip(0..).collect();
    places.sort_unstable();
    places.into_iter().map(|(_, place)| place).collect()
}

/// Sorts by one or two numbers of each item; equal ones stay in their order.
pub fn sort_by_numbers<T>(items: &mut [T], numbers: impl Fn(&T) -> [i64; 2]) {
    let mut from = places_by(&mut items.iter().map(numbers));
    // Along each circle of items that take each other's places.
    for first in 0..from.len() {
        let mut place = first;
        loop {
            let next = from[place] as usize;
            from[place] = place as u32;
            if next == first || next == place {
                break;
            }
            items.swap(place, next);
            place = next;
        }
    }
}

/// A key by which larger numbers come first.
pub fn largest_first(number: u64) -> i64 {
    !((number ^ 1 << 63) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_the_library_does() {
        let mut seed = 1_u64;
        let mut next = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        for count in 0..60 {
            for kinds in [1, 2, 5, 1000] {
                let all: Vec<(u64, i64, usize)> = (0..count)
                    .map(|place| (next(kinds), next(3) as i64 - 1, place))
                    .collect();
                let mut expected = all.clone();
                expected.sort_by_key(|item| (std::cmp::Reverse(item.0), item.1));
                let mut sorted = all;
                sort_by_numbers(&mut sorted, |item| [largest_first(item.0), item.1]);
                assert_eq!(sorted, expected);
            }
        }
    }

    #[test]
    fn every_number_has_its_place() {
        let numbers = [0, 1, 1 << 62, i64::MAX as u64, 1 << 63, u64::MAX];
        assert!(numbers.map(largest_first).is_sorted_by(|a, b| a > b));
    }
}
