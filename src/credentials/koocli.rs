//! The configuration of the `KooCLI`: JSON with profiles, whose keys are encrypted unless one said otherwise.
//!
//! Encrypted keys are not read: how they are encrypted is the `KooCLI`'s own.

use serde::Deserialize;

/// What the current profile holds.
pub(super) enum Profile {
    /// An access key in clear text, with the name of the profile. Parts may be missing.
    Clear(String, ClearKey),
    /// Nothing that can be used, and why.
    Unusable(String),
}

/// An access key in clear text.
pub(super) struct ClearKey {
    pub(super) access_key: Option<String>,
    pub(super) secret_key: Option<String>,
    pub(super) security_token: Option<String>,
}

/// What to do about an encrypted profile.
const UNENCRYPT: &str = "`hcloud configure set --cli-auth-encrypt=false` stores it in clear text";

/// Real key ids have twenty characters. What is longer is encrypted, though it may look like one.
const LONGEST_KEY_ID: usize = 40;

#[derive(Deserialize)]
struct Document {
    current: Option<String>,
    #[serde(default)]
    profiles: Vec<Entry>,
}

/// Without `Debug`: it holds secrets.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(default)]
    name: String,
    mode: Option<String>,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    security_token: Option<String>,
}

/// Reads the current profile.
pub(super) fn read_profile(bytes: &[u8]) -> Profile {
    let unusable = |why: &str| Profile::Unusable(why.to_owned());
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Ok(Document { current, profiles }) = serde_json::from_slice(bytes) else {
        return unusable("it is no configuration of the KooCLI");
    };
    let current = current.filter(|name| !name.is_empty()).unwrap_or("default".to_owned());
    let Some(entry) = profiles.into_iter().find(|entry| entry.name == current) else {
        return unusable("it has no current profile");
    };
    if !entry
        .mode
        .as_deref()
        .is_none_or(|mode| mode.eq_ignore_ascii_case("AKSK"))
    {
        return unusable("the mode of its current profile is not AKSK");
    }
    let access_key = text(entry.access_key_id);
    if access_key.as_deref().is_some_and(|key| !is_clear(key)) {
        return Profile::Unusable(format!("its current profile is encrypted; {UNENCRYPT}"));
    }
    Profile::Clear(
        current,
        ClearKey {
            access_key,
            secret_key: text(entry.secret_access_key),
            security_token: text(entry.security_token),
        },
    )
}

fn is_clear(key_id: &str) -> bool {
    key_id.len() <= LONGEST_KEY_ID && key_id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn text(value: Option<String>) -> Option<String> {
    value.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The key, or why there is none.
    fn read(text: &str) -> String {
        match read_profile(text.as_bytes()) {
            Profile::Unusable(why) => why,
            Profile::Clear(name, key) => {
                let part = |part: Option<String>| part.unwrap_or("-".to_owned());
                let parts = [key.access_key, key.secret_key, key.security_token].map(part);
                format!("{name}: {}", parts.join(" "))
            }
        }
    }

    #[test]
    fn the_current_profile_is_read_where_it_is_clear() {
        let text = r#"{"current":"b","profiles":[
            {"name":"a","mode":"AKSK","accessKeyId":"A1","secretAccessKey":"s1","region":"cn-north-4"},
            {"name":"b","mode":"AKSK","accessKeyId":"A2","secretAccessKey":"s/2+","securityToken":"t2"},
            {"name":"c","mode":"SSO"},
            {"name":"d","mode":"AKSK","accessKeyId":"A4","secretAccessKey":"","securityToken":""}]}"#;
        assert_eq!(read(text), "b: A2 s/2+ t2");
        let current = |name: &str| read(&text.replace("\"current\":\"b\"", &format!("\"current\":\"{name}\"")));
        assert_eq!(current("a"), "a: A1 s1 -");
        assert_eq!(current("c"), "the mode of its current profile is not AKSK");
        assert_eq!(current("d"), "d: A4 - -");
        assert_eq!(current("e"), "it has no current profile");
    }

    #[test]
    fn what_is_encrypted_is_told_from_a_key_by_its_looks() {
        for key in ["q2V0+cGxlYXNl/A==", &"a".repeat(64), "****", "a b"] {
            let text = format!(
                r#"{{"current":"default","profiles":[{{"name":"default","mode":"AKSK","accessKeyId":"{key}","secretAccessKey":"x"}}]}}"#
            );
            assert_eq!(
                read(&text),
                "its current profile is encrypted; `hcloud configure set --cli-auth-encrypt=false` stores it in clear text",
                "{key}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_file_is_too_strange(text in any::<Vec<u8>>()) {
            let _ = read_profile(&text);
        }
    }
}
