//! A task that broke: what its panic said, and what becomes of the check.

use tokio::task::JoinError;

use crate::leaves::{Judged, Verdict};

/// What a panic said.
pub(crate) fn broke(error: JoinError) -> String {
    let payload = error.try_into_panic().ok();
    let said = payload.as_ref().and_then(|payload| {
        payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
    });
    match said {
        Some(said) => format!("internal error: {said}"),
        None => "internal error".to_owned(),
    }
}

/// What is said of a check in which gapcheck itself broke.
pub(crate) fn bug(error: JoinError) -> Judged {
    Judged::of(
        Verdict::error(
            broke(error),
            "This is a bug in gapcheck: report it, with the suite if you can share it.",
        ),
        "",
    )
}
