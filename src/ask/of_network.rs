//! What `Ask` can ask of the network itself: a page, a name, a port, a URL.

use crate::ask::asking::{Answer, Ask};
use crate::ask::question::{Question, Reply};
use crate::backend::answer::{DnsAnswer, HttpAnswer, Page, TcpAnswer};
use crate::backend::{DnsProbe, HttpProbe, TcpProbe};

impl Ask {
    /// What is on the metrics page at this address?
    ///
    /// # Errors
    /// Why the question could not be answered.
    pub async fn page_at(&self, url: &str) -> Answer<Page> {
        self.put(
            Question::PageAt {
                url: url.to_owned(),
            },
            None,
            Reply::page,
        )
        .await
    }

    /// What does this name resolve to, as typed and through the search list? What the probe leaves open is taken from the suite.
    ///
    /// # Errors
    /// Why the question could not be answered: no name server is known, or the run ended. What name servers say is an answer.
    pub async fn dns(&self, probe: DnsProbe) -> Answer<DnsAnswer> {
        let probe = self.world().names.complete(probe);
        self.put(Question::Dns(probe), None, Reply::dns).await
    }

    /// Does this port answer?
    ///
    /// # Errors
    /// Why the question could not be put. A refused connection is an answer.
    pub async fn tcp(&self, probe: TcpProbe) -> Answer<TcpAnswer> {
        self.put(Question::Tcp(probe), None, Reply::tcp).await
    }

    /// What does this request bring?
    ///
    /// # Errors
    /// Why no whole answer came; `Failure::is_connection` tells a failed connection from the rest.
    pub async fn http(&self, probe: HttpProbe) -> Answer<HttpAnswer> {
        self.put(Question::Http(probe), None, Reply::http).await
    }
}
