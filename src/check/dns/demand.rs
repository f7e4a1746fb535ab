//! What the records of a lookup must be: addresses, numbers, ports and names.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::backend::answer::{DnsAttempt, DnsRecord, RecordType};
use crate::check::connection::Unmet;
use crate::check::dns::form::{Dns, network};
use crate::leaves::words;

/// Values that a message lists at most.
const MOST_LISTED: usize = 10;

impl Dns {
    /// Which demands the records of this attempt do not meet. The aliases on the way are not judged.
    pub(crate) fn unmet(&self, name: &str, attempt: &DnsAttempt) -> Vec<Unmet> {
        let records: Vec<&DnsRecord> = attempt
            .records
            .iter()
            .filter(|record| record.record == self.record)
            .collect();
        let mut unmet = Vec::new();
        unmet.extend(self.unmet_addresses(name, &records));
        unmet.extend(self.unmet_equals(name, &records));
        if let Some(count) = self
            .count
            .as_ref()
            .filter(|count| !count.holds(records.len() as f64))
        {
            unmet.push(Unmet::new(
                format!("`{name}` has {count} {} records", self.record),
                format!("{} ({})", records.len(), listed(&values(&records))),
            ));
        }
        let targets = values(&records);
        if let Some(wanted) = self
            .targets
            .as_ref()
            .filter(|wanted| !wanted.holds(targets.len() as f64))
        {
            unmet.push(Unmet::new(
                format!("`{name}` has {wanted} targets"),
                format!("{} ({})", targets.len(), listed(&targets)),
            ));
        }
        if let Some(port) = self.port {
            let others: Vec<String> = records
                .iter()
                .filter(|record| record.port != Some(port))
                .map(ToString::to_string)
                .collect();
            if !others.is_empty() {
                unmet.push(Unmet::new(
                    format!("every target of `{name}` has port {port}"),
                    listed(&others),
                ));
            }
        }
        unmet
    }

    fn unmet_addresses(&self, name: &str, records: &[&DnsRecord]) -> Option<Unmet> {
        let wanted = &self.addresses.as_ref()?.0;
        let found: BTreeSet<IpAddr> = records
            .iter()
            .filter_map(|record| record.value.parse().ok())
            .collect();
        let allowed: Vec<_> = wanted
            .iter()
            .filter_map(|written| network(written))
            .collect();
        let extra: Vec<String> = found
            .iter()
            .filter(|address| !allowed.iter().any(|net| net.contains(*address)))
            .map(ToString::to_string)
            .collect();
        let missing: Vec<String> = wanted
            .iter()
            .filter_map(|written| written.parse::<IpAddr>().ok())
            .filter(|address| !found.contains(address))
            .map(|address| address.to_string())
            .collect();
        difference(
            format!("`{name}` has addresses of {}", words::list(wanted)),
            &found.iter().map(ToString::to_string).collect(),
            &extra,
            &missing,
        )
    }

    fn unmet_equals(&self, name: &str, records: &[&DnsRecord]) -> Option<Unmet> {
        let wanted = &self.equals.as_ref()?.0;
        let is_name = self.record != RecordType::Txt;
        // Names are equal whatever their case and final dot.
        let alike = |text: &str| {
            if is_name {
                text.trim_end_matches('.').to_lowercase()
            } else {
                text.to_owned()
            }
        };
        let found: BTreeSet<String> = records.iter().map(|record| alike(&record.value)).collect();
        let wished: BTreeSet<String> = wanted.iter().map(|text| alike(text)).collect();
        let extra: Vec<String> = found.difference(&wished).cloned().collect();
        let missing: Vec<String> = wished.difference(&found).cloned().collect();
        difference(
            format!("`{name}` is {}", words::list(wanted)),
            &found,
            &extra,
            &missing,
        )
    }
}

fn difference(
    expected: String,
    found: &BTreeSet<String>,
    extra: &[String],
    missing: &[String],
) -> Option<Unmet> {
    let mut said = Vec::new();
    if !extra.is_empty() {
        said.push(format!("not expected: {}", words::few(extra, MOST_LISTED)));
    }
    if !missing.is_empty() {
        said.push(format!("missing: {}", words::few(missing, MOST_LISTED)));
    }
    (!said.is_empty()).then(|| {
        let found: Vec<&String> = found.iter().collect();
        Unmet::new(
            expected,
            format!("{} ({})", words::few(&found, MOST_LISTED), said.join("; ")),
        )
    })
}

/// The different values, in order: names whatever their case.
fn values(records: &[&DnsRecord]) -> Vec<String> {
    let different: BTreeSet<String> = records
        .iter()
        .map(|record| match record.record {
            RecordType::Txt => record.value.clone(),
            _ => record.value.to_lowercase(),
        })
        .collect();
    different.into_iter().collect()
}

fn listed(values: &[String]) -> String {
    if values.is_empty() {
        "none".to_owned()
    } else {
        words::few(values, MOST_LISTED)
    }
}
