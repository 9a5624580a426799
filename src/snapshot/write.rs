//! A draft as YAML, as a person would write it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use super::comments;
use super::draft::{Contents, Document, Draft, Entry, Namespace, SharedPolicy, Under};
use super::scalar::scalar;
use crate::model::{
    CredentialChoice, ExpectedFlag, Flags, Others, Pattern, PolicyTarget, RegionLimits, Source, region, visible,
};

/// The whole inventory: one document, or one for the policies and one for each source.
pub(super) fn text(draft: &Draft) -> String {
    let mut out = String::from(
        "# What was live when this was written: an audit of it is clean, but for what comments say. Read it, name the\n\
         # policies as you call them, and from then on change it by hand.\n",
    );
    for Document { source, .. } in &draft.documents {
        writeln!(out, "# Source: {} ({}).", scalar(&source.name), source.region).expect("a string takes everything");
    }
    if !draft.tangles.is_empty() {
        out.push_str(
            "# No inventory can put this right, and an audit reports it until rules go or a waiver accepts it (\"Waive a\n\
             # finding\" in docs/tasks.md):\n",
        );
        for tangle in &draft.tangles {
            writeln!(out, "# - {tangle}").expect("a string takes everything");
        }
    }
    let flags = common_flags(draft);
    let mut writer = Writer { out: &mut out, flags };
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

/// The targets of the shared policies. Inline ones say all of it themselves: they stand far from the defaults.
fn targets(draft: &Draft) -> Vec<&PolicyTarget> {
    draft.policies.values().flat_map(|policy| &policy.targets).collect()
}

/// The regions that only this inventory knows, in order of their ids. What it says elsewhere of a region of a private cloud,
/// or of a new one, could not be told from a slip of the pen.
fn extra_regions(draft: &Draft) -> BTreeSet<&str> {
    let namespaces = || draft.documents.iter().flat_map(|document| &document.namespaces);
    let entries = namespaces().flat_map(|namespace| match &namespace.contents {
        Contents::Whole(entries) | Contents::Part(entries) => entries,
    });
    let under = namespaces().map(|namespace| &namespace.policy);
    let under = under.chain(entries.filter_map(|entry| entry.policy.as_ref()));
    let inline = under.flat_map(|under| match under {
        Under::Named(_) => &[],
        Under::Inline(inline) => &inline.targets[..],
    });
    let targets = targets(draft).into_iter().chain(inline).map(|target| &*target.region);
    let sources = draft.documents.iter().map(|document| &*document.source.region);
    sources.chain(targets).filter(|id| region(id).is_none()).collect()
}

const NO_FLAGS: Flags<bool> = Flags {
    overrides: false,
    sync_auto: false,
};

/// Which defaults any target needs: those that none does would be told as useless.
fn uses(targets: &[&PolicyTarget], flags: Flags<bool>) -> Flags<bool> {
    let is = |flag: ExpectedFlag, default: bool| flag == ExpectedFlag::Is(default);
    Flags {
        overrides: targets.iter().any(|target| is(target.flags.overrides, flags.overrides)),
        sync_auto: targets.iter().any(|target| is(target.flags.sync_auto, flags.sync_auto)),
    }
}

/// The flags of most targets; what differs says so itself.
fn common_flags(draft: &Draft) -> Flags<bool> {
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

struct Writer<'o> {
    out: &'o mut String,
    flags: Flags<bool>,
}

impl Writer<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn field(&mut self, indent: usize, name: &str, value: &str) {
        writeln!(self.out, "{:indent$}{name}: {}", "", scalar(value)).expect("a string takes everything");
    }

    fn head(&mut self, document: &Document) {
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

    fn extra_regions(&mut self, draft: &Draft) {
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

    fn policies(&mut self, draft: &Draft) {
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
        self.comments(4, comments::of_policy(&policy.untold));
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

    fn namespaces(&mut self, document: &Document) {
        if !document.is_part {
            // Whoever makes a namespace is told about it, and nobody's audit fails.
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

    fn namespace(&mut self, namespace: &Namespace, default: Option<&Arc<str>>) {
        self.comments(2, namespace.notes.iter().map(comments::of_namespace));
        self.untold(2, Some(&namespace.policy));
        let name = scalar(namespace.name.as_str());
        let own = match &namespace.policy {
            Under::Named(policy) if Some(policy) == default => None,
            own => Some(policy(own)),
        };
        match (&own, &namespace.contents) {
            (Some(policy), Contents::Whole(entries)) if entries.is_empty() => {
                self.line(&format!("  - {{ name: {name}, policy: {policy} }}"));
                return;
            }
            (Some(policy), Contents::Whole(_) | Contents::Part(_)) => {
                self.line(&format!("  - name: {name}"));
                self.line(&format!("    policy: {policy}"));
            }
            (None, Contents::Whole(_) | Contents::Part(_)) => self.line(&format!("  - name: {name}")),
        }
        match &namespace.contents {
            Contents::Whole(entries) if entries.is_empty() => {}
            Contents::Whole(entries) => {
                self.line("    repos:");
                self.entries(entries);
                self.line("      - \"**\"");
            }
            Contents::Part(entries) => {
                self.line("    otherRepos: allow");
                self.line("    repos:");
                self.entries(entries);
            }
        }
    }

    /// What a policy that is written out here has to say.
    fn untold(&mut self, indent: usize, policy: Option<&Under>) {
        if let Some(Under::Inline(inline)) = policy {
            self.comments(indent, comments::of_policy(&inline.untold));
        }
    }

    fn entries(&mut self, entries: &[Entry]) {
        for Entry { text, policy: under } in entries {
            let text = scalar(text);
            self.untold(6, under.as_ref());
            match under {
                None => self.line(&format!("      - {text}")),
                Some(under) => self.line(&format!("      - {{ name: {text}, policy: {} }}", policy(under))),
            }
        }
    }
}

fn policy(policy: &Under) -> String {
    match policy {
        Under::Named(name) => scalar(name),
        Under::Inline(inline) => {
            let targets: Vec<String> = inline.targets.iter().map(|target| flow(target, None)).collect();
            format!("{{ targets: [{}] }}", targets.join(", "))
        }
    }
}

/// `{ region: cn-east-3, namespace: dr, override: true }`: without the flags that the defaults give.
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
