//! A distribution of durations for people: five bars for every power of ten, as `go tool trace` draws it
//! (`TimeHistogram` of `internal/trace/traceviewer/histogram.go`).

use tracepane_model::Nanos;

use crate::histogram::{BUCKETS, Histogram, bucket, last_of};

/// How many bars there can be.
pub const BARS: usize = 95;

/// The shortest duration of each bar, ns. Go computes a bar as `int(log(d) / log(10^(1/5)))`, in which rounding puts
/// most whole powers of ten into the bar below; so the numbers are not those of the formula but those that Go 1.27
/// finds (amd64), and a bar used as a filter has exactly what it counts.
const SHORTEST: [i64; BARS] = [
    1,
    2,
    3,
    4,
    7,
    11,
    16,
    26,
    40,
    64,
    101,
    159,
    252,
    399,
    631,
    1_001,
    1_585,
    2_512,
    3_982,
    6_310,
    10_001,
    15_849,
    25_119,
    39_811,
    63_096,
    100_001,
    158_490,
    251_189,
    398_108,
    630_958,
    1_000_001,
    1_584_894,
    2_511_887,
    3_981_072,
    6_309_574,
    10_000_001,
    15_848_932,
    25_118_865,
    39_810_718,
    63_095_735,
    100_000_001,
    158_489_320,
    251_188_644,
    398_107_171,
    630_957_345,
    1_000_000_001,
    1_584_893_193,
    2_511_886_432,
    3_981_071_706,
    6_309_573_445,
    10_000_000_001,
    15_848_931_925,
    25_118_864_316,
    39_810_717_056,
    63_095_734_449,
    100_000_000_001,
    158_489_319_247,
    251_188_643_151,
    398_107_170_554,
    630_957_344_481,
    1_000_000_000_001,
    1_584_893_192_462,
    2_511_886_431_510,
    3_981_071_705_535,
    6_309_573_444_802,
    10_000_000_000_001,
    15_848_931_924_612,
    25_118_864_315_096,
    39_810_717_055_350,
    63_095_734_448_020,
    100_000_000_000_001,
    158_489_319_246_112,
    251_188_643_150_959,
    398_107_170_553_500,
    630_957_344_480_196,
    1_000_000_000_000_003,
    1_584_893_192_461_115,
    2_511_886_431_509_595,
    3_981_071_705_534_988,
    6_309_573_444_801_944,
    10_000_000_000_000_071,
    15_848_931_924_611_218,
    25_118_864_315_095_883,
    39_810_717_055_349_781,
    63_095_734_448_019_733,
    100_000_000_000_000_457,
    158_489_319_246_111_761,
    251_188_643_150_959_984,
    398_107_170_553_499_616,
    630_957_344_480_195_776,
    1_000_000_000_000_002_113,
    1_584_893_192_461_124_992,
    2_511_886_431_509_593_856,
    3_981_071_705_534_986_497,
    6_309_573_444_801_942_017,
];

/// The bar of a duration; the first one has those of 0 and less, too.
#[inline]
fn bar_of(duration: Nanos) -> usize {
    // The largest is in the same bar as the one before it.
    let duration = duration.0.clamp(0, i64::MAX - 1);
    let bits = (i64::BITS - duration.leading_zeros()) as usize;
    // At most two more bars begin in a doubling: compared with both, as which one it is nobody can guess.
    let [first, second] = NEXT_OF_BITS[bits];
    usize::from(BAR_OF_BITS[bits])
        + usize::from(duration >= first)
        + usize::from(duration >= second)
}

/// Where the next two bars begin after that of the smallest number that has so many bits.
const NEXT_OF_BITS: [[i64; 2]; 65] = {
    let mut all = [[i64::MAX; 2]; 65];
    let mut bits = 0;
    while bits < 65 {
        let bar = BAR_OF_BITS[bits] as usize;
        if bar + 1 < BARS {
            all[bits][0] = SHORTEST[bar + 1];
        }
        if bar + 2 < BARS {
            all[bits][1] = SHORTEST[bar + 2];
        }
        assert!(bar + 3 >= BARS || bits >= 63 || SHORTEST[bar + 3] >= 1 << bits);
        bits += 1;
    }
    all
};

/// The bar of the smallest number that has so many bits.
const BAR_OF_BITS: [u8; 65] = {
    let mut bars = [0; 65];
    let mut bits = 1;
    while bits < 64 {
        let least = 1i64 << (bits - 1);
        let mut bar = bars[bits - 1] as usize;
        while bar + 1 < BARS && SHORTEST[bar + 1] <= least {
            bar += 1;
        }
        bars[bits] = bar as u8;
        bits += 1;
    }
    bars
};

/// The shortest and the longest duration of a bar, both included. The first bar has negative ones, too; they only
/// come from damaged traces.
pub fn bounds(bar: usize) -> (Nanos, Nanos) {
    let shortest = match bar {
        0 => 0,
        _ => SHORTEST[bar.min(BARS - 1)],
    };
    let longest = SHORTEST.get(bar + 1).map_or(i64::MAX, |next| next - 1);
    (Nanos(shortest), Nanos(longest))
}

/// One bar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bar {
    /// The shortest duration that it counts.
    pub shortest: Nanos,
    /// The longest duration that it counts.
    pub longest: Nanos,
    /// How many it counts.
    pub count: u64,
}

/// Counts durations by bar. Small: a trace may have as many types of regions as regions.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct TimeHistogram {
    /// The place of the lowest bar that is not empty.
    first: u8,
    /// From that one up to the highest that is not empty.
    counts: Vec<u32>,
    count: u64,
}

impl TimeHistogram {
    /// A histogram of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The histogram of some durations.
    pub fn of(durations: impl IntoIterator<Item = Nanos>) -> Self {
        let mut histogram = Self::new();
        for duration in durations {
            histogram.add(duration);
        }
        histogram
    }

    /// The histogram of what was counted by bar ([`bar_of`]): for loops over millions.
    pub(crate) fn of_counts(counts: &[u64; BARS]) -> Self {
        let filled = |&(_, &count): &(usize, &u64)| count > 0;
        let Some((first, _)) = counts.iter().enumerate().find(filled) else {
            return Self::new();
        };
        let last = counts.iter().rposition(|&count| count > 0).unwrap_or(first);
        let cut = |&count: &u64| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            first: first as u8,
            counts: counts[first..=last].iter().map(cut).collect(),
            count: counts.iter().sum(),
        }
    }

    /// Counts one.
    #[inline]
    pub fn add(&mut self, duration: Nanos) {
        let bar = bar_of(duration);
        let first = usize::from(self.first);
        if self.counts.is_empty() {
            self.first = bar as u8;
            self.counts.push(0);
        } else if bar < first {
            self.counts
                .splice(0..0, std::iter::repeat_n(0, first - bar));
            self.first = bar as u8;
        } else if bar - first >= self.counts.len() {
            self.counts.resize(bar - first + 1, 0);
        }
        let place = bar - usize::from(self.first);
        self.counts[place] = self.counts[place].saturating_add(1);
        self.count += 1;
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The place of the first bar: the lowest that is not empty.
    pub fn first(&self) -> usize {
        self.first.into()
    }

    /// The bars from the lowest to the highest that is not empty, empty ones between them included.
    pub fn bars(&self) -> impl ExactSizeIterator<Item = Bar> + DoubleEndedIterator + '_ {
        let first = self.first();
        self.counts.iter().enumerate().map(move |(i, &count)| {
            let (shortest, longest) = bounds(first + i);
            Bar {
                shortest,
                longest,
                count: count.into(),
            }
        })
    }
}

/// What a [`TimeHistogram`] needs to know beside a [`Histogram`] that counts the same durations: its buckets are finer, so
/// that there is something to count only where a bar begins within one. For loops over millions.
pub(crate) struct Splits {
    /// By bar: how many of the durations in the bucket in which it begins are in it.
    begun: [u64; BARS],
}

impl Splits {
    pub(crate) fn new() -> Self {
        Self { begun: [0; BARS] }
    }

    /// Counts a duration that is in this bucket ([`Histogram::add`]).
    #[inline(always)]
    pub(crate) fn add(&mut self, nanos: i64, bucket: usize) {
        let bar = usize::from(BEGINS_IN.get(bucket).copied().unwrap_or(0));
        if bar != 0
            && let Some(begun) = self.begun.get_mut(bar)
        {
            *begun += u64::from(nanos >= SHORTEST[bar]);
        }
    }

    /// The histogram of all that was counted.
    pub(crate) fn finish(&self, histogram: &Histogram) -> TimeHistogram {
        let mut bars = [0; BARS];
        for (bucket, count) in histogram.counts() {
            match usize::from(BEGINS_IN.get(bucket).copied().unwrap_or(0)) {
                0 => bars[bar_of(Nanos(last_of(bucket) as i64))] += count,
                bar => {
                    bars[bar] += self.begun[bar];
                    bars[bar - 1] += count - self.begun[bar];
                }
            }
        }
        TimeHistogram::of_counts(&bars)
    }
}

/// By bucket of a [`Histogram`]: the bar that begins within it, but not with it; else 0.
const BEGINS_IN: [u8; BUCKETS] = {
    let mut all = [0; BUCKETS];
    let mut bar = 1;
    while bar < BARS {
        let shortest = SHORTEST[bar] as u64;
        let place = bucket(shortest);
        if place == bucket(shortest - 1) {
            assert!(all[place] == 0);
            all[place] = bar as u8;
        }
        bar += 1;
    }
    all
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_is_in_the_bar_whose_bounds_it_keeps() {
        let edges = SHORTEST.iter().flat_map(|&n| [n - 1, n, n + 1]);
        for nanos in edges.chain([0, 5, i64::MAX, 123_456_789]) {
            let bar = bar_of(Nanos(nanos));
            let (shortest, longest) = bounds(bar);
            assert!(shortest.0 <= nanos && nanos <= longest.0, "{nanos}");
        }
        for bar in 1..BARS {
            assert_eq!(bounds(bar - 1).1.0 + 1, bounds(bar).0.0);
        }
        assert_eq!(bar_of(Nanos(-7)), 0);
        assert_eq!(bounds(BARS - 1).1, Nanos(i64::MAX));
    }

    #[test]
    fn bars_go_from_the_lowest_to_the_highest() {
        let histogram = TimeHistogram::of([3_000, 1_000, 700, 2_999].map(Nanos));
        let bars: Vec<_> = histogram
            .bars()
            .map(|bar| (bar.shortest.0, bar.longest.0, bar.count))
            .collect();
        // A thousand counts below a thousand and one: see SHORTEST.
        assert_eq!(
            bars,
            [
                (631, 1_000, 2),
                (1_001, 1_584, 0),
                (1_585, 2_511, 0),
                (2_512, 3_981, 2)
            ]
        );
        assert_eq!((histogram.count(), histogram.first()), (4, 14));
        let mut counts = [0; BARS];
        for nanos in [3_000, 1_000, 700, 2_999] {
            counts[bar_of(Nanos(nanos))] += 1;
        }
        assert_eq!(TimeHistogram::of_counts(&counts), histogram);
    }

    #[test]
    fn nothing_has_no_bars() {
        assert_eq!(TimeHistogram::new().bars().len(), 0);
        assert_eq!(TimeHistogram::of_counts(&[0; BARS]), TimeHistogram::new());
        let zeros = TimeHistogram::of([0, -3].map(Nanos));
        assert_eq!(zeros.bars().map(|bar| bar.count).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn splits_of_a_finer_histogram_are_the_same_bars() {
        let mut durations: Vec<i64> = (0..40_000).collect();
        for shortest in SHORTEST {
            durations.extend([shortest.saturating_sub(1).max(0), shortest]);
            durations.extend([shortest.saturating_add(1), shortest / 3 * 4]);
        }
        durations.extend([i64::MAX, i64::MAX - 1, 1 << 62]);
        let (mut histogram, mut splits) = (Histogram::default(), Splits::new());
        for &nanos in &durations {
            let place = histogram.add(nanos);
            splits.add(nanos, place);
        }
        let expected = TimeHistogram::of(durations.into_iter().map(Nanos));
        assert_eq!(splits.finish(&histogram), expected);
    }
}
