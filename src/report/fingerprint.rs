//! What makes two findings of two runs the same: never values, line numbers or rule ids.

use sha2::{Digest, Sha256};

use super::document::TargetEntry;

/// The parts of a fingerprint, in their order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity<'a> {
    /// The finding's code, or `unknown`.
    pub code: &'a str,
    /// The source's name.
    pub source: &'a str,
    /// The namespace.
    pub namespace: &'a str,
    /// The repository; empty where it is about several.
    pub repository: &'a str,
    /// The target, where there is one.
    pub target: Option<&'a TargetEntry>,
    /// The field; empty where there is none.
    pub field: &'a str,
    /// The pattern, the waiver's id, or the members of a circle or race; else empty.
    pub subject: &'a str,
}

impl Identity<'_> {
    /// The first 16 hex digits of SHA-256 over the parts, joined by newlines.
    pub(super) fn fingerprint(self) -> String {
        let (region, namespace) = self
            .target
            .map_or(("", ""), |target| (&*target.region, &*target.namespace));
        let parts = [
            "v1",
            self.code,
            self.source,
            self.namespace,
            self.repository,
            region,
            namespace,
            self.field,
            self.subject,
        ];
        let digest = Sha256::digest(parts.join("\n"));
        hex::encode(&digest[..8])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_start_of_a_sha256_over_joined_parts() {
        let target = TargetEntry {
            region: "cn-east-3".into(),
            namespace: "prod-dr".into(),
        };
        let identity = Identity {
            code: "missing-rule",
            source: "prod",
            namespace: "prod",
            repository: "web",
            target: Some(&target),
            field: "",
            subject: "",
        };
        // printf 'v1\nmissing-rule\nprod\nprod\nweb\ncn-east-3\nprod-dr\n\n' | sha256sum | cut -c1-16
        assert_eq!(identity.fingerprint(), "55ffb33b5e74c3dd");
        assert_ne!(
            Identity {
                field: "override",
                ..identity
            }
            .fingerprint(),
            identity.fingerprint()
        );
    }
}
