//! What was found out about a hop.

use serde::Serialize;

use crate::backend::{AddressKey, Failure, FailureClass};
use crate::diagnose::doctor::clock::Clock;

/// How a hop fares; the worst of its remarks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// It can be reached, and is what the suite says.
    #[default]
    Ok,
    /// Something could not be asked: nothing is known of it.
    NotAsked,
    /// It was asked, and is not what the suite says: another kind, a wrong port, a wrong clock.
    Wrong,
}

impl Grade {
    /// The grade in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotAsked => "not asked",
            Self::Wrong => "wrong",
        }
    }
}

/// Something worth saying about a hop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// How much it matters; `ok` where it is only worth knowing.
    pub grade: Grade,
    /// What was found.
    pub what: String,
    /// What to do, as a sentence.
    pub help: Option<String>,
}

/// Whether an address could be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reached {
    /// Somebody answered there.
    Yes,
    /// Nobody did.
    No,
}

/// One address of a hop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AddressSeen {
    /// Its key in the suite.
    pub key: &'static str,
    /// The address, without credentials.
    pub address: String,
    /// Whether it could be reached.
    pub reached: Reached,
}

/// Whether a hop answers a sort of question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Able {
    /// It answered.
    Yes,
    /// It was asked, and does not answer that.
    No,
    /// It could not be asked.
    Unknown,
    /// The suite gives no address at which it could be asked.
    NoAddress,
}

/// A sort of question, and whether the hop answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answering {
    /// The sort of question.
    pub word: &'static str,
    /// Whether it answers.
    pub able: Able,
    /// What it answered in short, or why it did not.
    pub says: Option<String>,
}

/// What was found out about a hop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Examined {
    /// Its name in the suite.
    pub hop: String,
    /// Its kind in the suite.
    pub kind: &'static str,
    /// How it fares.
    pub grade: Grade,
    /// Its addresses.
    pub addresses: Vec<AddressSeen>,
    /// Its version, as it says.
    pub version: Option<String>,
    /// Whether it says that it is ready; none where it does not say.
    pub ready: Option<bool>,
    /// Its clock against ours; none where it does not tell the time.
    pub clock: Option<Clock>,
    /// What is sent with each request, by name.
    pub sends: Vec<String>,
    /// The status with which it refused what was sent.
    pub refused: Option<u16>,
    /// What it can answer.
    pub answers: Vec<Answering>,
    /// What is worth saying.
    pub remarks: Vec<Remark>,
}

impl Examined {
    /// Whether somebody answered at that address.
    pub(crate) fn is_reached(&self, key: AddressKey) -> bool {
        let mut addresses = self.addresses.iter();
        addresses.any(|seen| seen.key == key.word() && seen.reached == Reached::Yes)
    }

    /// Notes a remark once; the grade is that of the worst.
    pub(crate) fn remark(&mut self, grade: Grade, what: impl Into<String>, help: Option<String>) {
        let what = what.into();
        self.grade = self.grade.max(grade);
        if self.remarks.iter().all(|known| known.what != what) {
            self.remarks.push(Remark { grade, what, help });
        }
    }

    /// Notes that a question was not answered.
    pub(crate) fn not_answered(&mut self, grade: Grade, failure: &Failure) {
        let refused = refusal(failure);
        if refused.is_some() && self.refused.is_some() {
            // Said already: the same credentials were refused elsewhere.
            self.grade = self.grade.max(grade);
            return;
        }
        self.refused = self.refused.or(refused);
        self.remark(grade, failure.what.clone(), failure.help.clone());
    }
}

/// The status of a failure that refuses credentials, or the lack of them.
pub(crate) fn refusal(failure: &Failure) -> Option<u16> {
    match failure.class {
        FailureClass::Status(status @ (401 | 403 | 407))
        | FailureClass::Refusal(status @ (401 | 403 | 407)) => Some(status),
        // gRPC's UNAUTHENTICATED and PERMISSION_DENIED.
        FailureClass::Rpc(16) => Some(401),
        FailureClass::Rpc(7) => Some(403),
        _ => None,
    }
}

/// Whether a failure is an answer all the same: somebody is there, and does not answer that.
pub(crate) fn is_no(failure: &Failure) -> bool {
    match failure.class {
        FailureClass::Status(status) | FailureClass::Refusal(status) => {
            matches!(status, 400 | 404 | 405 | 410 | 422 | 501)
        }
        FailureClass::NotThatApi | FailureClass::Malformed => true,
        // gRPC's UNIMPLEMENTED.
        FailureClass::Rpc(code) => code == 12,
        _ => false,
    }
}

/// Whether nobody was reached at all.
pub(crate) fn is_nobody(failure: &Failure) -> bool {
    failure.is_connection()
        || matches!(
            failure.class,
            FailureClass::Local
                | FailureClass::Deadline
                | FailureClass::Interrupted
                | FailureClass::NotRecorded
                | FailureClass::Rpc(14)
        )
}
