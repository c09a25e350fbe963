//! Which address stands for which name, for one program.
//!
//! A filtered program cannot look names up, and nobody does it for it before a rule has said that it may go there. It
//! gets an address out of a block that no host has ([`sandbox::is_stand_in`]); when it connects there, the proxy is asked
//! for the name. So host rules decide whatever the program knows of proxies, and no name is told to anybody before.
//!
//! **Invariants** (`verify_invariants`): at most [`MOST_NAMES`] names, those that were used last; both ways agree. An
//! address is given to another name only after all others of the block, and a kernel that comes back begins where an
//! earlier one did not, so that an address which a program has kept stands for the same name or for none.

use super::dns::Book;
use std::{
    collections::{BTreeMap, HashMap},
    net::Ipv4Addr,
};

/// Names of one program.
const MOST_NAMES: usize = 4096;
/// The block, of which the first few are not given.
const FIRST: u32 = u32::from_be_bytes([198, 18, 0, 0]);
const BLOCK: u32 = 1 << 17;
const RESERVED: u32 = 16;

/// See the module documentation.
#[derive(Debug)]
pub(crate) struct Names {
    addresses: HashMap<String, u32>,
    names: HashMap<u32, Named>,
    /// When each was used last, the longest ago first: a count, and the place of the address in the block.
    used: BTreeMap<u64, u32>,
    clock: u64,
    /// Given next, counted from the first that is given.
    next: u32,
}

#[derive(Debug)]
struct Named {
    name: String,
    used: u64,
}

impl Names {
    /// Those of a program, of a kernel with this number.
    pub(crate) fn new(boot: u32) -> Self {
        let next = boot.wrapping_mul(MOST_NAMES as u32) % (BLOCK - 2 * RESERVED);
        Names { addresses: HashMap::new(), names: HashMap::new(), used: BTreeMap::new(), clock: 0, next }
    }

    fn touch(&mut self, place: u32) {
        let Some(named) = self.names.get_mut(&place) else { return };
        self.clock += 1;
        self.used.remove(&named.used);
        named.used = self.clock;
        self.used.insert(self.clock, place);
    }

    fn make_room(&mut self) {
        while self.names.len() >= MOST_NAMES {
            let Some((_, oldest)) = self.used.pop_first() else { return };
            if let Some(named) = self.names.remove(&oldest) {
                self.addresses.remove(&named.name);
            }
        }
    }

    fn free_place(&mut self) -> u32 {
        // There are many more places than names.
        loop {
            let place = RESERVED + self.next;
            self.next = (self.next + 1) % (BLOCK - 2 * RESERVED);
            if !self.names.contains_key(&place) {
                return place;
            }
        }
    }

    #[cfg(test)]
    fn verify_invariants(&self) {
        assert!(self.names.len() <= MOST_NAMES);
        assert_eq!((self.names.len(), self.names.len()), (self.addresses.len(), self.used.len()));
        for (name, place) in &self.addresses {
            let named = &self.names[place];
            assert_eq!((&named.name, self.used.get(&named.used)), (name, Some(place)));
            assert!((RESERVED..BLOCK - RESERVED).contains(place));
        }
    }
}

impl Book for Names {
    fn address_of(&mut self, name: &str) -> Ipv4Addr {
        let place = match self.addresses.get(name) {
            Some(place) => *place,
            None => {
                self.make_room();
                let place = self.free_place();
                self.clock += 1;
                self.names.insert(place, Named { name: name.to_owned(), used: self.clock });
                self.used.insert(self.clock, place);
                self.addresses.insert(name.to_owned(), place);
                place
            }
        };
        self.touch(place);
        Ipv4Addr::from_bits(FIRST + place)
    }

    fn name_of(&mut self, address: Ipv4Addr) -> Option<String> {
        let place = address.to_bits().checked_sub(FIRST)?;
        self.touch(place);
        self.names.get(&place).map(|named| named.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_stands_for_one_name_as_long_as_it_is_used() {
        let mut names = Names::new(3);
        let first = names.address_of("first.example");
        assert!(sandbox::is_stand_in(first) && first != sandbox::STAND_INS);
        assert_eq!(names.address_of("first.example"), first);
        let second = names.address_of("second.example");
        for count in 0..2 * MOST_NAMES {
            names.address_of(&format!("{count}.example"));
            assert_eq!(names.name_of(first).as_deref(), Some("first.example"));
        }
        assert_eq!(names.name_of(second), None, "nobody has used it for long");
        assert_ne!(names.address_of("second.example"), second);
        assert_eq!(names.name_of(Ipv4Addr::new(198, 17, 255, 255)), None);
        assert_eq!(names.name_of(Ipv4Addr::BROADCAST), None);
        names.verify_invariants();
    }

    #[test]
    fn a_kernel_that_comes_back_gives_other_addresses() {
        let given = |boot: u32| {
            let mut names = Names::new(boot);
            (0..MOST_NAMES)
                .map(move |count| names.address_of(&format!("{count}.example")))
                .collect::<Vec<_>>()
        };
        for boot in [0, 1, 30, u32::MAX - 1] {
            let (before, after) = (given(boot), given(boot.wrapping_add(1)));
            assert!(before.iter().all(|address| !after.contains(address)), "{boot}");
        }
    }

    proptest! {
        #[test]
        fn both_ways_agree(asked in prop::collection::vec((0..6000_u32, any::<bool>()), 1..400), boot: u32) {
            let mut names = Names::new(boot);
            for (which, back) in asked {
                let name = format!("{which}.example");
                let address = names.address_of(&name);
                if back {
                    prop_assert_eq!(names.name_of(address), Some(name));
                }
            }
            names.verify_invariants();
        }
    }
}
