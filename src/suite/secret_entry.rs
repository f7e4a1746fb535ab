//! How a secret reaches the types: as a map that no YAML can write.

use serde::de::value::{SeqDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed};

use crate::leaves::{SECRET_KEY, Secret};
use crate::suite::read_error::ReadError;

/// A resolved secret, handed over as `{SECRET_KEY: [name, value]}`.
pub(crate) struct SecretEntry<'a>(pub(crate) Option<&'a Secret>);

impl<'a> de::MapAccess<'a> for SecretEntry<'a> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'a>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        match self.0 {
            Some(_) => seed.deserialize(StrDeserializer::new(SECRET_KEY)).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<T::Value, ReadError> {
        let secret = self
            .0
            .take()
            .expect("serde asks for a key before its value");
        let pair = [secret.name(), secret.reveal()];
        seed.deserialize(SeqDeserializer::new(pair.into_iter()))
    }
}
