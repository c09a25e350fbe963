//! What the filtered network decides: about a host by its address, by a name that has to be looked up, about one that is
//! refused; and which address stands for a name. Without the sockets on either side; the record in the journal is in it.

use crate::bench::{Meter, Spec, each, kernel_rows::Fixture};
use anyhow::{Context, ensure};
use kernel::{bench_support::Filtered, network::Resolver};
use std::{io, net::IpAddr, sync::Arc};

/// Knows every name, at once: what is timed is ours.
struct Everywhere;

impl Resolver for Everywhere {
    fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec![IpAddr::from([93, 184, 216, 34])])
    }
}

/// A question of DNS for the address of a name.
fn question(name: &str) -> Vec<u8> {
    let mut bytes = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap_or(0));
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.extend([0, 0, 1, 0, 1]);
    bytes
}

pub(super) fn rows(meter: &mut dyn Meter) -> anyhow::Result<()> {
    let fixture = Fixture::boot()?;
    fixture.boot.kernel.set_resolver(Arc::new(Everywhere));
    let proxy = Filtered::open(&fixture.typed).context("a proxy")?;
    ensure!(proxy.decide("93.184.216.34", 443) && proxy.decide("example.com", 443), "the bench may go there");
    ensure!(!proxy.decide("169.254.169.254", 443), "nobody may go there");
    let mut by_address = each(|| {
        ensure!(proxy.decide("93.184.216.34", 443));
        Ok(())
    });
    let mut by_name = each(|| {
        ensure!(proxy.decide("example.com", 443));
        Ok(())
    });
    let mut refused = each(|| {
        ensure!(!proxy.decide("169.254.169.254", 443));
        Ok(())
    });
    let note = "rules, event and the row of the journal; without sockets";
    meter.compare(
        Spec::new("sandbox/proxy decides: an address that is known").note(note),
        &mut by_address,
        None,
    );
    let named = Spec::new("sandbox/proxy decides: a name that is looked up").note(
        "the same twice, and a look-up that answers at once on a thread that may wait; nothing is cached",
    );
    meter.compare(named, &mut by_name, None);
    meter.compare(Spec::new("sandbox/proxy decides: refused").note(note), &mut refused, None);

    let known = question("example.com");
    let mut again = each(|| proxy.answer_name(&known).map(drop).context("an answer"));
    meter.compare(Spec::new("sandbox/a name gets its address: known"), &mut again, None);
    let mut count = 0_u32;
    let mut new = each(|| {
        count += 1;
        proxy.answer_name(&question(&format!("n{count}.example.com"))).map(drop).context("an answer")
    });
    let spec = Spec::new("sandbox/a name gets its address: new")
        .note("the question is made in it; beyond 4,096 names the one that was used longest ago goes");
    meter.compare(spec, &mut new, None);
    Ok(())
}
