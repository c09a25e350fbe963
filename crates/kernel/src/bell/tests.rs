//! Looking without waiting.

use crate::bell::*;

#[test]
fn looking_in_vain_is_given_up_and_tried_again_now_and_then() {
    let bell = Bell::default();
    let looks = |bell: &Bell| {
        let mut looks = 0;
        assert!(
            bell.spin(|| {
                looks += 1;
                None::<()>
            })
            .is_none()
        );
        looks
    };
    let counts: Vec<u32> = (0..200).map(|_| looks(&bell)).collect();
    let idle = counts.iter().filter(|looks| **looks == 1).count();
    assert!(counts.iter().all(|looks| *looks <= MOST_LOOKS + 1) && counts.contains(&(MOST_LOOKS + 1)));
    assert!(idle > 100, "{idle} of 200 looked once only");
}
