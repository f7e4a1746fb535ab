//! The lab in place of the network, at the time of the incident, as far as somebody may ask it.

use std::sync::Arc;

use gapcheck::backend::answer::{ConnectAttempt, TcpAnswer};
use gapcheck::backend::{
    Clock, Failure, FailureClass, HttpGot, HttpSent, InProcess, RpcGot, TcpProbe,
};
use gapcheck::lab::{Model, Request, Response, RpcReply, Station, answer, answer_storeapi};
use serde_json::Value;
use url::Url;

use crate::resolver::look_up;
use crate::scene::{DISCOVERED, station};
use crate::who::Who;

/// What a request that nobody made gets; it is not kept.
pub(crate) const NOT_ASKED: u16 = 403;

/// The network of the incident at the time that the clock tells.
pub(crate) fn network(model: Model, who: Who, clock: &Clock) -> Arc<InProcess> {
    let model = Arc::new(model);
    let (of_http, of_rpc, of_dns) = (model.clone(), model.clone(), model.clone());
    let (http_clock, rpc_clock) = (clock.clone(), clock.clone());
    Arc::new(InProcess {
        http: Box::new(move |sent| http(&of_http, who, http_clock().0, sent)),
        rpc: Box::new(move |url, path, message| rpc(&of_rpc, rpc_clock().0, url, path, message)),
        dns: Box::new(move |probe| look_up(&of_dns.zone, probe)),
        tcp: Box::new(move |probe| tcp(&model, probe)),
    })
}

fn at(model: &Model, url: &Url) -> Option<Station> {
    station(url.host_str()?, url.port_or_known_default()?).filter(|station| model.is_open(station))
}

fn http(model: &Model, who: Who, now_ms: i64, sent: HttpSent) -> HttpGot {
    let Some(station) = at(model, &sent.url) else {
        return HttpGot::Refused;
    };
    let request = request(sent);
    let mut told = match who.asks(&station, &request) {
        true => answer(model, &station, now_ms, &request),
        false => Response::refusal(NOT_ASKED, "nobody asked"),
    };
    if station == Station::Query && request.path == "/api/v1/status/flags" {
        told.body = discovering(&told.body);
    }
    let date = jiff::Timestamp::from_millisecond(now_ms).expect("a time");
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date);
    told.headers
        .push(("Date".to_owned(), date.expect("a date")));
    HttpGot::Answer {
        status: told.status,
        headers: told.headers,
        body: told.body.into_bytes(),
    }
}

/// The flags of a Query that finds its stores by a service record.
fn discovering(body: &str) -> String {
    let Ok(mut told) = serde_json::from_str::<Value>(body) else {
        return body.to_owned();
    };
    if let Some(endpoint) = told.pointer_mut("/data/endpoint") {
        *endpoint = DISCOVERED.into();
    }
    told.to_string()
}

fn request(sent: HttpSent) -> Request {
    let mut params: Vec<(String, String)> = sent.url.query_pairs().into_owned().collect();
    let is_form = sent.headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("content-type")
            && value.starts_with("application/x-www-form-urlencoded")
    });
    if is_form {
        params.extend(url::form_urlencoded::parse(&sent.body).into_owned());
    }
    Request {
        method: sent.method,
        path: sent.url.path().to_owned(),
        params,
        headers: sent.headers,
        body: sent.body,
    }
}

fn rpc(model: &Model, now_ms: i64, url: &Url, path: &str, message: &[u8]) -> RpcGot {
    let Some(station) = at(model, url) else {
        return RpcGot::Refused;
    };
    match answer_storeapi(model, &station, now_ms, path, message) {
        RpcReply {
            messages, code: 0, ..
        } => RpcGot::Messages(messages),
        RpcReply { code, text, .. } => RpcGot::Status(code, text),
    }
}

fn tcp(model: &Model, probe: &TcpProbe) -> TcpAnswer {
    let address = format!("{}:{}", probe.host, probe.port);
    let is_open = station(&probe.host, probe.port).is_some_and(|one| model.is_open(&one));
    let failure = (!is_open).then(|| {
        let what = format!("`{address}` refused the connection");
        Failure::new(FailureClass::Refused, what)
    });
    TcpAnswer {
        attempts: vec![ConnectAttempt {
            address: address.clone(),
            failure,
            took_ms: 0,
        }],
        address: is_open.then_some(address),
        tls: None,
    }
}
