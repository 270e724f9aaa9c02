use std::time::Instant;
use tracepane_analysis::*;
use tracepane_model::*;
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let bytes = std::fs::read(path).unwrap();
    let trace = load(&bytes[..], Default::default()).unwrap();
    let rules = UtilizationRules::Right;
    let flags = UtilizationFlags { ..Default::default() };
    let functions = utilization(&trace, flags, rules);
    let mmu = Mmu::new(&functions);
    let (a,b)=mmu.bounds().unwrap();
    for (i,w) in mmu::windows(a,b).enumerate() { if i%6==0 {
        let t = Instant::now();
        let q=mmu.quantiles(w, mmu::PERCENTILES);
        println!("{:?} {:?} {:?}", w, t.elapsed(), q);
    }}
}
