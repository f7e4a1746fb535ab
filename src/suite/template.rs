//! Templates: `${{ expression }}` in texts, filled in once, after parsing; what they give is never filled in again.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};

use crate::leaves::{Mistake, Origin, Place, Secret, words};
use crate::suite::cluster::Cluster;
use crate::suite::naming::meant;
use crate::suite::node::{Node, NodeKind, OPEN};
use crate::suite::template_fault::{Fault, misplaced_secret, unknown_root};
use crate::suite::template_pieces::{Piece, is_name, is_path, split};
use crate::suite::template_value::{kind_of, moved, value_of};

/// How much work one expression may make; a page of ordinary filters takes a few hundred.
const FUEL: u64 = 20_000;

/// What expressions can name.
pub(crate) struct Context<'a> {
    /// The cluster of this row of the matrix.
    pub(crate) cluster: Option<&'a Cluster>,
    /// The variables, filled in.
    pub(crate) vars: &'a BTreeMap<String, Node>,
    /// The secrets that the suite declares.
    pub(crate) secrets: &'a BTreeMap<String, Secret>,
    /// Variables with a mistake of their own, told already.
    broken: &'a BTreeSet<String>,
    values: OnceCell<Value>,
    environment: &'a Environment<'static>,
}

/// The expression language: strict, with a bound on its work.
pub(crate) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment
}

/// Where secrets may stand: asked with the keys on the way to the value.
pub(crate) type SecretPlaces = fn(&[&str]) -> bool;

/// Secrets may stand nowhere.
pub(crate) fn nowhere(_: &[&str]) -> bool {
    false
}

impl<'a> Context<'a> {
    /// A context of these names.
    pub(crate) fn new(
        environment: &'a Environment<'static>,
        cluster: Option<&'a Cluster>,
        vars: &'a BTreeMap<String, Node>,
        secrets: &'a BTreeMap<String, Secret>,
        broken: &'a BTreeSet<String>,
    ) -> Self {
        Self {
            cluster,
            vars,
            secrets,
            broken,
            values: OnceCell::new(),
            environment,
        }
    }

    /// The value with its templates filled in; none where a template has a mistake. All mistakes are noted, except those that follow
    /// from a variable with a mistake of its own.
    pub(crate) fn fill(
        &self,
        node: &Node,
        file: &Arc<Path>,
        secrets: SecretPlaces,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<Node> {
        let mut filling = Filling {
            context: self,
            file,
            secrets,
            keys: Vec::new(),
            good: true,
            mistakes,
        };
        let filled = filling.node(node);
        filling.good.then_some(filled)
    }

    fn values(&self) -> &Value {
        self.values.get_or_init(|| {
            let map = |entries: &mut dyn Iterator<Item = (&str, &Node)>| -> Value {
                Value::from(
                    entries
                        .map(|(name, node)| (name.to_owned(), value_of(node)))
                        .collect::<BTreeMap<String, Value>>(),
                )
            };
            let vars = map(&mut self.vars.iter().map(|(name, node)| (name.as_str(), node)));
            let mut all = BTreeMap::from([("vars", vars)]);
            if let Some(cluster) = self.cluster {
                all.insert("cluster", map(&mut cluster.columns()));
            }
            Value::from(all)
        })
    }

    /// The node that a plain path such as `vars.cost` or `cluster.tags` names.
    fn look_up(&self, path: &str) -> Result<&Node, Fault> {
        let mut steps = path.split('.');
        let root = steps.next().unwrap_or_default();
        let Some(first) = steps.next() else {
            return Err(unknown_root(root));
        };
        let mut node = match root {
            "vars" => self.vars.get(first).ok_or_else(|| self.no_var(first))?,
            "cluster" => self.cluster_key(first)?,
            _ => return Err(unknown_root(root)),
        };
        let mut said = format!("{root}.{first}");
        for step in steps {
            node = node.get(step).ok_or_else(|| {
                let known = node.entries().unwrap_or_default();
                let known = known.iter().filter_map(|(key, _)| key.as_text());
                Fault::new(format!(
                    "`{said}` has no key `{step}`{}",
                    meant(step, known)
                ))
            })?;
            said = format!("{said}.{step}");
        }
        Ok(node)
    }

    fn no_var(&self, name: &str) -> Fault {
        if self.broken.contains(name) {
            return Fault::new("");
        }
        let known = self.vars.keys().map(String::as_str);
        Fault::new(format!("no variable `{name}`{}", meant(name, known)))
            .help("Declare it under `vars:`, or give it with `--var`.")
    }

    fn cluster_key(&self, name: &str) -> Result<&Node, Fault> {
        let Some(cluster) = self.cluster else {
            return Err(
                Fault::new("this suite has no clusters, so `cluster` is nothing")
                    .help("Say `clusters:` at the top of the suite."),
            );
        };
        cluster.get(name).ok_or_else(|| {
            let file = cluster
                .origin
                .file
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let known = cluster.columns().map(|(name, _)| name);
            let mut fault = Fault::new(format!(
                "cluster `{}` has no key `{name}` ({file}:{}), used here{}",
                cluster.name,
                cluster.origin.place.line,
                meant(name, known)
            ));
            fault.also = Some((cluster.origin.clone(), "the cluster".to_owned()));
            fault
        })
    }
}

struct Filling<'c, 'a, 'm> {
    context: &'c Context<'a>,
    file: &'c Arc<Path>,
    secrets: SecretPlaces,
    keys: Vec<String>,
    good: bool,
    mistakes: &'m mut Vec<Mistake>,
}

impl Filling<'_, '_, '_> {
    fn node(&mut self, node: &Node) -> Node {
        let kind = match &node.kind {
            NodeKind::Scalar { text, .. } if text.contains(OPEN) => match self.text(node, text) {
                Ok(kind) => moved(kind, node.place),
                Err((place, fault)) => {
                    self.note(place, fault);
                    node.kind.clone()
                }
            },
            NodeKind::Seq(items) => {
                NodeKind::Seq(items.iter().map(|item| self.node(item)).collect())
            }
            NodeKind::Map(entries) => NodeKind::Map(
                entries
                    .iter()
                    .map(|(key, value)| {
                        let name = key.as_text().unwrap_or_default();
                        if name.contains(OPEN) {
                            self.note(
                                key.place,
                                Fault::new("templates work in values, and this is a key"),
                            );
                        }
                        self.keys.push(name.to_owned());
                        let value = self.node(value);
                        self.keys.pop();
                        (key.clone(), value)
                    })
                    .collect(),
            ),
            other => other.clone(),
        };
        Node {
            place: node.place,
            kind,
        }
    }

    fn note(&mut self, place: Place, fault: Fault) {
        self.good = false;
        if fault.message.is_empty() {
            return;
        }
        let mut mistake = Mistake::new(
            Origin {
                file: self.file.clone(),
                place,
            },
            fault.message,
        );
        mistake.help = fault.help;
        mistake.others.extend(fault.also);
        self.mistakes.push(mistake);
    }

    fn text(&self, node: &Node, text: &str) -> Result<NodeKind, (Place, Fault)> {
        let pieces = split(text).map_err(|(at, fault)| (inside(node, text, at, at + 3), fault))?;
        if let [Piece::Expression { source, start, end }] = pieces.as_slice() {
            return self
                .whole(source)
                .map_err(|fault| (inside(node, text, *start, *end), fault));
        }
        let mut filled = String::with_capacity(text.len());
        for piece in &pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Expression { source, start, end } => {
                    let part = self
                        .part(source)
                        .map_err(|fault| (inside(node, text, *start, *end), fault))?;
                    filled.push_str(&part);
                }
            }
        }
        Ok(NodeKind::Scalar {
            text: filled.into(),
            plain: false,
        })
    }

    /// A scalar that is one expression keeps the type of what it gives.
    fn whole(&self, source: &str) -> Result<NodeKind, Fault> {
        if let Some(name) = source.strip_prefix("secrets.").filter(|name| is_name(name)) {
            return self.secret(name);
        }
        if is_path(source) {
            return self.context.look_up(source).map(|node| node.kind.clone());
        }
        kind_of(&self.evaluate(source)?, source)
    }

    fn part(&self, source: &str) -> Result<String, Fault> {
        let kind = if is_path(source) && !source.starts_with("secrets.") {
            self.context.look_up(source)?.kind.clone()
        } else {
            kind_of(&self.evaluate(source)?, source)?
        };
        match kind {
            NodeKind::Scalar { text, .. } => Ok(text.into()),
            NodeKind::Null => Err(Fault::new(format!("`{source}` is nothing"))),
            NodeKind::Seq(_) => Err(Fault::new(format!(
                "`{source}` is a list, and a list cannot stand inside a text"
            ))),
            NodeKind::Map(_) | NodeKind::Secret(_) => Err(Fault::new(format!(
                "`{source}` is a map, and a map cannot stand inside a text"
            ))),
        }
    }

    fn secret(&self, name: &str) -> Result<NodeKind, Fault> {
        let known = self.context.secrets;
        let Some(secret) = known.get(name) else {
            return Err(Fault::new(format!(
                "no secret `{name}`{}",
                meant(name, known.keys().map(String::as_str))
            ))
            .help(format!(
                "Declare it: `secrets: {{ {name}: {{ env: VARIABLE }} }}`."
            )));
        };
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        if (self.secrets)(&keys) {
            Ok(NodeKind::Secret(secret.clone()))
        } else {
            Err(misplaced_secret())
        }
    }

    fn evaluate(&self, source: &str) -> Result<Value, Fault> {
        let expression = self
            .context
            .environment
            .compile_expression(source)
            .map_err(|error| {
                let detail = error.detail().unwrap_or("it is not an expression");
                Fault::new(format!("`{source}` cannot be read: {detail}"))
            })?;
        if expression.undeclared_variables(false).contains("secrets") {
            return Err(misplaced_secret());
        }
        let value = expression
            .eval(self.context.values().clone())
            .map_err(|error| self.failed(source, &expression, &error))?;
        if value.is_undefined() {
            return Err(self.undefined(source, &expression));
        }
        Ok(value)
    }

    fn failed(
        &self,
        source: &str,
        expression: &minijinja::Expression<'_, '_>,
        error: &minijinja::Error,
    ) -> Fault {
        match error.kind() {
            ErrorKind::UndefinedError => self.undefined(source, expression),
            ErrorKind::OutOfFuel => Fault::new(format!(
                "`{}` makes too much work: the limit of a template's work is reached",
                words::cut(source, 60)
            )),
            kind => Fault::new(format!(
                "`{}` cannot be worked out: {}",
                words::cut(source, 60),
                error
                    .detail()
                    .map_or_else(|| kind.to_string(), str::to_owned)
            )),
        }
    }

    /// Names what is missing, by trying every path that the expression mentions.
    fn undefined(&self, source: &str, expression: &minijinja::Expression<'_, '_>) -> Fault {
        let mut paths: Vec<String> = expression.undeclared_variables(true).into_iter().collect();
        paths.sort();
        paths
            .iter()
            .find_map(|path| self.context.look_up(path).err())
            .unwrap_or_else(|| Fault::new(format!("`{source}` is not defined")))
    }
}

/// The place of a part of a scalar, where the scalar is written as it reads; else the scalar's own.
fn inside(node: &Node, text: &str, start: usize, end: usize) -> Place {
    let place = node.place;
    let written = (place.end - place.start) as usize;
    let quote = match &node.kind {
        NodeKind::Scalar { plain: true, .. } if written == text.len() => 0,
        NodeKind::Scalar { plain: false, .. } if written == text.len() + 2 => 1,
        _ => return place,
    };
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place {
        line: place.line,
        column: place.column + small(text[..start].chars().count() + quote),
        start: place.start + small(start + quote),
        end: place.start + small(end.min(text.len()) + quote),
    }
}
