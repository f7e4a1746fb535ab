//! The form in which samples are sent: native histograms that the block leaves out, and a message that the receiver does not know.

use crate::backend::answer::{QueryResult, RemoteWrite, SampleValue};
use crate::backend::{BackendKind, Capability, exposition};
use crate::check::QueueState;
use crate::diagnose::case::Case;
use crate::diagnose::found::Found;
use crate::diagnose::sending::block::sending;
use crate::diagnose::sending::queue::{Writing, writing};
use crate::diagnose::sending::write_relabel::series;

/// The message of remote write 2.0.
const SECOND: &str = "io.prometheus.write.v2.Request";

/// The first minor version of Thanos 0.x whose Receive reads remote write 2.0.
const KNOWS_SECOND: u32 = 43;

/// On the metrics page of every component of Thanos.
const BUILD: &str = "thanos_build_info";

/// Looks whether the metric is a native histogram and the block does not send those.
pub(crate) async fn native_histograms(case: &Case<'_>) -> Found {
    let sending = match sending(case).await {
        Ok(sending) => sending,
        Err(found) => return found,
    };
    let (_, block) = match sending.block() {
        Ok(block) => block,
        Err(found) => return found,
    };
    let name = sending.sender.name();
    if is_second(block) || block.send_native_histograms {
        return Found::ruled_out(format!("the block of {name} sends native histograms"))
            .shown_by([sending.n]);
    }
    let told = match series(case, &sending).await {
        Ok(told) => told,
        Err(found) => return found,
    };
    let evidence = [sending.n, told.n];
    let QueryResult::Vector(samples) = &told.value.result else {
        return Found::not_tested(format!("{name} gave no vector"));
    };
    let native = samples
        .iter()
        .filter(|sample| matches!(sample.value, SampleValue::Histogram { .. }))
        .count();
    if samples.is_empty() {
        Found::not_tested(format!("{name} has no series of it now"))
    } else if native == 0 {
        Found::ruled_out(format!("at {name} it is no native histogram"))
    } else if native == samples.len() {
        Found::proven(format!(
            "at {name} it is a native histogram, and the block to {} has `send_native_histograms: false`",
            sending.receiver.name()
        ))
    } else {
        Found::possible(format!(
            "{native} of {} series at {name} are native histograms, which the block to {} does not send",
            samples.len(),
            sending.receiver.name()
        ))
    }
    .shown_by(evidence)
}

/// Looks whether the block sends remote write 2.0 to a receiver that knows only 1.0.
pub(crate) async fn second_version(case: &Case<'_>) -> Found {
    let sending = match sending(case).await {
        Ok(sending) => sending,
        Err(found) => return found,
    };
    match sending.block() {
        Ok((_, block)) if !is_second(block) => {
            return Found::ruled_out(format!(
                "the block of {} sends remote write 1.0",
                sending.sender.name()
            ))
            .shown_by([sending.n]);
        }
        Ok(_) => {}
        Err(found) => return found,
    }
    let writing = match writing(case).await {
        Ok(writing) => writing,
        Err(found) => return found,
    };
    let Writing {
        sending, watched, ..
    } = &writing;
    if watched.state != QueueState::Failing {
        return watched.shows_otherwise(sending);
    }
    let (name, receiver) = (sending.sender.name(), sending.receiver);
    let all = watched.refuses_all();
    let part = if all { "all" } else { "some" };
    let says = format!(
        "the block of {name} has `protobuf_message: {SECOND}`, and {part} that it sends counts as failed"
    );
    let evidence = [sending.n, watched.n];
    if receiver.kind() != BackendKind::ThanosReceive {
        return Found::likely(format!(
            "{says}; whether {} knows remote write 2.0 cannot be asked",
            receiver.name()
        ))
        .shown_by(evidence);
    }
    match version(case, &writing).await {
        Err(why) => Found::likely(format!(
            "{says}; no Thanos up to 0.42 knows it, and which one {} is could not be asked: {why}",
            receiver.name()
        )),
        Ok((version, n)) => match minor(&version) {
            Some(minor) if minor < KNOWS_SECOND && all => Found::proven(format!(
                "{says}; {} is Thanos {version}, which knows remote write 1.0 only",
                receiver.name()
            )),
            Some(minor) if minor < KNOWS_SECOND => Found::likely(format!(
                "{says}; {} is Thanos {version}, which knows remote write 1.0 only",
                receiver.name()
            )),
            Some(_) => Found::ruled_out(format!(
                "{} is Thanos {version}, which knows remote write 2.0",
                receiver.name()
            )),
            None => Found::likely(format!(
                "{says}; {} says `{version}` for its version",
                receiver.name()
            )),
        }
        .shown_by([n]),
    }
    .shown_by(evidence)
}

fn is_second(block: &RemoteWrite) -> bool {
    block.protobuf_message == SECOND
}

/// The version of the receiver, by its own metrics.
async fn version(case: &Case<'_>, writing: &Writing<'_>) -> Result<(String, u32), String> {
    let receiver = writing.sending.receiver;
    let key = receiver
        .kind()
        .answers(Capability::OwnMetrics)
        .ok_or_else(|| format!("{} has no metrics of its own", receiver.name()))?;
    let told = case
        .ask
        .path(receiver, key, "metrics")
        .await
        .map_err(|failure| failure.what)?;
    let answer = &told.value;
    let kind = answer
        .headers
        .iter()
        .find(|(name, _)| name == "content-type")
        .map_or("", |(_, kind)| kind.as_str());
    let page = exposition::parse_page(answer.status, kind, answer.body.as_bytes())
        .map_err(|failure| failure.what)?;
    let version = page
        .samples
        .iter()
        .filter(|sample| sample.labels.value("__name__") == BUILD)
        .find_map(|sample| sample.labels.get("version").cloned())
        .ok_or_else(|| format!("its page has no `{BUILD}`"))?;
    Ok((version, told.n))
}

/// The minor version of a Thanos 0.x.
fn minor(version: &str) -> Option<u32> {
    let mut numbers = version.trim_start_matches('v').split('.');
    if numbers.next()? != "0" {
        return None;
    }
    let minor = numbers.next()?;
    let digits = minor.bytes().take_while(u8::is_ascii_digit).count();
    minor[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_thanos_0_x_has_a_minor_version_here() {
        for (version, expected) in [
            ("0.42.4", Some(42)),
            ("v0.31.0", Some(31)),
            ("0.43.0-dev", Some(43)),
            ("1.0.0", None),
            ("", None),
            ("0.x", None),
        ] {
            assert_eq!(minor(version), expected, "{version}");
        }
    }
}
