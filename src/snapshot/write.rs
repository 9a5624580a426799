//! The draft as YAML, the way a person would write it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use super::comments;
use super::draft::{DraftContents, DraftDocument, DraftEntry, DraftInventory, DraftNamespace, PolicyUse, SharedPolicy};
use super::scalar::scalar;
use crate::model::{
    CredentialChoice, ExpectedFlag, Flags, Others, Pattern, PolicyTarget, RegionLimits, Source, region, visible,
};

/// The whole inventory: one document, or one for the policies and one for each source.
pub(super) fn text(draft: &DraftInventory) -> String {
    let mut out = String::from(
        "# Written from what was live. An audit of it is clean, except for what comments say. Read it, rename the policies\n\
         # as you like, and from then on edit it by hand.\n",
    );
    for DraftDocument { source, .. } in &draft.documents {
        writeln!(out, "# Source: {} ({}).", scalar(&source.name), source.region).expect("a string takes everything");
    }
    if !draft.tangles.is_empty() {
        out.push_str(
            "# No inventory can fix this. An audit reports it until the rules are removed or a waiver accepts it (\"Waive a\n\
             # finding\" in docs/tasks.md):\n",
        );
        for tangle in &draft.tangles {
            writeln!(out, "# - {tangle}").expect("a string takes everything");
        }
    }
    let flags = common_flags(draft);
    let mut writer = YamlWriter { out: &mut out, flags };
    match &draft.documents[..] {
        [only] => {
            writer.head(only);
            writer.extra_regions(draft);
            writer.defaults(only.default.as_ref(), uses(&targets(draft), flags));
            writer.policies(draft);
            writer.namespaces(only);
        }
        several => {
            writer.line("apiVersion: swr-audit/v1");
            writer.extra_regions(draft);
            writer.defaults(None, uses(&targets(draft), flags));
            writer.policies(draft);
            for document in several {
                writer.line("---");
                writer.head(document);
                writer.defaults(document.default.as_ref(), NO_FLAGS);
                writer.namespaces(document);
            }
        }
    }
    out
}

/// The targets of the shared policies. Inline policies write all flags: they are far from the defaults.
fn targets(draft: &DraftInventory) -> Vec<&PolicyTarget> {
    draft.policies.values().flat_map(|policy| &policy.targets).collect()
}

/// The regions that the built-in table does not have, in order of their ids. Without `extraRegions` a region of a private
/// cloud, or a new one, would look like a typing error.
fn extra_regions(draft: &DraftInventory) -> BTreeSet<&str> {
    let namespaces = || draft.documents.iter().flat_map(|document| &document.namespaces);
    let entries = namespaces().flat_map(|namespace| match &namespace.contents {
        DraftContents::Whole(entries) | DraftContents::Part(entries) => entries,
    });
    let policies = namespaces().map(|namespace| &namespace.policy);
    let policies = policies.chain(entries.filter_map(|entry| entry.policy.as_ref()));
    let inline = policies.flat_map(|policy| match policy {
        PolicyUse::Named(_) => &[],
        PolicyUse::Inline(inline) => &inline.targets[..],
    });
    let targets = targets(draft).into_iter().chain(inline).map(|target| &*target.region);
    let sources = draft.documents.iter().map(|document| &*document.source.region);
    sources.chain(targets).filter(|id| region(id).is_none()).collect()
}

const NO_FLAGS: Flags<bool> = Flags {
    overrides: false,
    sync_auto: false,
};

/// Which defaults any target needs: `check` warns about a default that none does.
fn uses(targets: &[&PolicyTarget], flags: Flags<bool>) -> Flags<bool> {
    let is = |flag: ExpectedFlag, default: bool| flag == ExpectedFlag::Is(default);
    Flags {
        overrides: targets.iter().any(|target| is(target.flags.overrides, flags.overrides)),
        sync_auto: targets.iter().any(|target| is(target.flags.sync_auto, flags.sync_auto)),
    }
}

/// The flags of most targets: the defaults.
fn common_flags(draft: &DraftInventory) -> Flags<bool> {
    let (mut overrides, mut sync_auto) = (0_i64, 0_i64);
    for target in targets(draft) {
        let vote = |flag: ExpectedFlag| match flag {
            ExpectedFlag::Is(true) => 1,
            ExpectedFlag::Is(false) => -1,
            ExpectedFlag::Any => 0,
        };
        overrides += vote(target.flags.overrides);
        sync_auto += vote(target.flags.sync_auto);
    }
    Flags {
        overrides: overrides > 0,
        sync_auto: sync_auto >= 0,
    }
}

struct YamlWriter<'o> {
    out: &'o mut String,
    flags: Flags<bool>,
}

impl YamlWriter<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn field(&mut self, indent: usize, name: &str, value: &str) {
        writeln!(self.out, "{:indent$}{name}: {}", "", scalar(value)).expect("a string takes everything");
    }

    fn head(&mut self, document: &DraftDocument) {
        let source = &document.source;
        self.line("apiVersion: swr-audit/v1");
        self.line("source:");
        if source.name != source.region {
            self.field(2, "name", &source.name);
        }
        self.field(2, "region", &source.region);
        // Beside an endpoint that an option gave, the cloud would say what nobody said of it.
        let cloud = source.cloud.as_ref().filter(|_| !source.is_redirected);
        if let Some(cloud) = cloud {
            self.field(2, "cloud", cloud.as_str());
        }
        if Source::usual_endpoint(&source.region, cloud).as_ref() != Some(&source.endpoint) {
            self.field(2, "endpoint", source.endpoint.as_str());
        }
        if let Some(endpoint) = &source.iam_endpoint {
            self.field(2, "iamEndpoint", endpoint.as_str());
        }
        if let Some(id) = &source.project_id {
            self.field(2, "projectId", id);
        }
        if let Some(id) = &source.account_id {
            self.field(2, "accountId", id);
        }
        if document.lists_manual_rules {
            if !source.lists_manual_rules {
                self.line("  # A rule with syncAuto=false was listed, so this service lists such rules.");
            }
            self.line("  listsManualRules: true");
        } else {
            self.comments(2, [comments::of_manual_rules()]);
        }
        match &source.credentials {
            CredentialChoice::Chain => {}
            CredentialChoice::Environment(prefix) => {
                self.line(&format!("  credentials: {{ env: {} }}", scalar(prefix)));
            }
            CredentialChoice::Profile(name) => self.line(&format!("  credentials: {{ profile: {} }}", scalar(name))),
        }
    }

    fn extra_regions(&mut self, draft: &DraftInventory) {
        let extra: Vec<String> = extra_regions(draft).into_iter().map(scalar).collect();
        if !extra.is_empty() {
            self.line(&format!("extraRegions: [{}]", extra.join(", ")));
        }
    }

    /// `written` says which of the flags are needed.
    fn defaults(&mut self, policy: Option<&Arc<str>>, written: Flags<bool>) {
        if policy.is_none() && written == NO_FLAGS {
            return;
        }
        self.line("defaults:");
        let Flags { overrides, sync_auto } = self.flags;
        if written.overrides {
            self.line(&format!("  override: {overrides}"));
        }
        if written.sync_auto {
            self.line(&format!("  syncAuto: {sync_auto}"));
        }
        if let Some(policy) = policy {
            self.field(2, "policy", policy);
        }
    }

    fn policies(&mut self, draft: &DraftInventory) {
        if draft.policies.is_empty() {
            return;
        }
        self.line("policies:");
        for (name, policy) in &draft.policies {
            self.line(&format!("  {}:", scalar(name)));
            self.shared(policy);
        }
    }

    fn comments(&mut self, indent: usize, comments: impl IntoIterator<Item = String>) {
        for comment in comments {
            self.line(&format!("{:indent$}# {}", "", visible(&comment)));
        }
    }

    fn shared(&mut self, policy: &SharedPolicy) {
        if let Some(text) = &policy.description {
            self.field(4, "description", text);
        }
        self.comments(4, comments::of_policy(&policy.unreported));
        if policy.targets.is_empty() {
            self.line("    targets: []");
        } else {
            self.line("    targets:");
        }
        for target in &policy.targets {
            let text = flow(target, Some(self.flags));
            self.line(&format!("      - {text}"));
        }
        self.limits(policy.other_rules, &policy.regions);
    }

    fn limits(&mut self, others: Others, regions: &RegionLimits) {
        match others {
            Others::Deny => {}
            Others::Warn => self.line("    otherRules: warn"),
            Others::Allow => self.line("    otherRules: allow"),
        }
        let list = |patterns: &[Pattern]| {
            let texts: Vec<String> = patterns.iter().map(|pattern| scalar(pattern.as_str())).collect();
            format!("[{}]", texts.join(", "))
        };
        if let Some(allowed) = &regions.allowed {
            self.line(&format!("    allowedRegions: {}", list(allowed)));
        }
        if !regions.denied.is_empty() {
            self.line(&format!("    deniedRegions: {}", list(&regions.denied)));
        }
    }

    fn namespaces(&mut self, document: &DraftDocument) {
        if !document.is_part {
            // A new namespace is reported, and no audit fails because of it.
            self.line("otherNamespaces: warn");
        }
        self.comments(0, comments::of_source(document));
        if document.namespaces.is_empty() {
            self.line("namespaces: []");
            return;
        }
        self.line("namespaces:");
        for namespace in &document.namespaces {
            self.namespace(namespace, document.default.as_ref());
        }
    }

    fn namespace(&mut self, namespace: &DraftNamespace, default: Option<&Arc<str>>) {
        self.comments(2, namespace.notes.iter().map(comments::of_namespace));
        self.unreported(2, Some(&namespace.policy));
        let name = scalar(namespace.name.as_str());
        let own = match &namespace.policy {
            PolicyUse::Named(policy) if Some(policy) == default => None,
            own => Some(policy(own)),
        };
        match (&own, &namespace.contents) {
            (Some(policy), DraftContents::Whole(entries)) if entries.is_empty() => {
                self.line(&format!("  - {{ name: {name}, policy: {policy} }}"));
                return;
            }
            (Some(policy), DraftContents::Whole(_) | DraftContents::Part(_)) => {
                self.line(&format!("  - name: {name}"));
                self.line(&format!("    policy: {policy}"));
            }
            (None, DraftContents::Whole(_) | DraftContents::Part(_)) => self.line(&format!("  - name: {name}")),
        }
        match &namespace.contents {
            DraftContents::Whole(entries) if entries.is_empty() => {}
            DraftContents::Whole(entries) => {
                self.line("    repos:");
                self.entries(entries);
                self.line("      - \"**\"");
            }
            DraftContents::Part(entries) => {
                self.line("    otherRepos: allow");
                self.line("    repos:");
                self.entries(entries);
            }
        }
    }

    /// The comments of an inline policy.
    fn unreported(&mut self, indent: usize, policy: Option<&PolicyUse>) {
        if let Some(PolicyUse::Inline(inline)) = policy {
            self.comments(indent, comments::of_policy(&inline.unreported));
        }
    }

    fn entries(&mut self, entries: &[DraftEntry]) {
        for entry in entries {
            let text = scalar(&entry.text);
            self.unreported(6, entry.policy.as_ref());
            match &entry.policy {
                None => self.line(&format!("      - {text}")),
                Some(own) => self.line(&format!("      - {{ name: {text}, policy: {} }}", policy(own))),
            }
        }
    }
}

fn policy(policy: &PolicyUse) -> String {
    match policy {
        PolicyUse::Named(name) => scalar(name),
        PolicyUse::Inline(inline) => {
            let targets: Vec<String> = inline.targets.iter().map(|target| flow(target, None)).collect();
            format!("{{ targets: [{}] }}", targets.join(", "))
        }
    }
}

/// `{ region: cn-east-3, namespace: dr, override: true }`, without the flags that are the defaults.
fn flow(target: &PolicyTarget, defaults: Option<Flags<bool>>) -> String {
    let mut fields = vec![format!("region: {}", scalar(&target.region))];
    if let Some(namespace) = &target.namespace {
        fields.push(format!("namespace: {}", scalar(namespace)));
    }
    let flags = [
        (
            "override",
            target.flags.overrides,
            defaults.map(|flags| flags.overrides),
        ),
        (
            "syncAuto",
            target.flags.sync_auto,
            defaults.map(|flags| flags.sync_auto),
        ),
    ];
    for (name, flag, default) in flags {
        match flag {
            ExpectedFlag::Is(flag) if default == Some(flag) => {}
            ExpectedFlag::Is(_) | ExpectedFlag::Any => fields.push(format!("{name}: {flag}")),
        }
    }
    format!("{{ {} }}", fields.join(", "))
}
