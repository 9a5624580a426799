//! The JSON Schema of one inventory document: for editors, and for those who check inventories without this tool.
//!
//! Its fields are the loader's own lists, its words are written by hand, because the loader is: tests hold it against the
//! verdict on every inventory that the loader's tests read. It knows the shape of a document; what documents mean
//! together (names twice, policies that are nowhere, regions that nobody knows) only the loader can tell.
//!
//! Of the vocabulary only what draft 7 has too, but for `$defs`: editors are slow to learn.

use serde_json::{Map, Value, json};

use super::document::{
    API_VERSION, CREDENTIALS, DEFAULTS, DOCUMENT, EXTRA_LIMIT, ID_LIMIT, LATER_CODES, LENGTH_LIMIT, NAMESPACE, OTHERS,
    PATTERN_LENGTH_LIMIT, PATTERN_LIMIT, POLICY, REPOSITORY, SCOPE_LIMIT, SOURCE, Schema, TARGET, TARGET_LIMIT, WAIVER,
};
use crate::model::{Code, NamespaceName, RepositoryName, Severity, known_regions};

/// The identity of the schema.
const ID: &str = "urn:swr-audit:inventory:v1";

/// The schema of one YAML document; a file holds one or more.
pub fn schema() -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "swr-audit inventory",
        "description": "One document of an inventory: which auto-sync rules the repositories of Huawei Cloud SWR should \
            have. It accepts what this version of swr-audit reads and nothing that comes later. A document without a \
            `source` may hold `defaults`, `policies`, `extraRegions` and `waivers` only.",
    });
    let document = mapping(
        DOCUMENT,
        &["apiVersion"],
        &json!({
            "apiVersion": { "description": "The version of this format.", "const": API_VERSION },
            "source": refer("source", "The service that is asked for what this document covers. Documents with an equal one \
                speak of the same source."),
            "defaults": refer("defaults", "What the targets and namespaces of this document inherit."),
            "policies": {
                "description": "Policies by name. A name stands once in all files and serves all of them.",
                "type": "object",
                "propertyNames": { "pattern": "\\S", "not": { "pattern": "[\\u0000-\\u001f\\u007f-\\u009f]" } },
                "additionalProperties": { "$ref": "#/$defs/policy" },
            },
            "namespaces": {
                "description": "The namespaces to audit, each once in all files.",
                "type": "array",
                "items": { "$ref": "#/$defs/namespace" },
            },
            "extraRegions": {
                "description": "Ids of regions that swr-audit does not know yet, for all documents.",
                "type": "array",
                "maxItems": EXTRA_LIMIT,
                "items": { "$ref": "#/$defs/regionId" },
                "examples": [["cn-new-1"]],
            },
            "otherNamespaces": {
                "description": "What a namespace of the source is that no document lists: a finding, a finding of \
                    severity `info`, or nothing.",
                "enum": OTHERS.map(|(word, _)| word),
                "default": "allow",
            },
            "severity": refer("severities", "How much a finding matters, for all that this document covers."),
            "waivers": {
                "description": "Differences that are accepted for a time, in all documents of the source; without a \
                    `source` in all documents.",
                "type": "array",
                "items": { "$ref": "#/$defs/waiver" },
            },
        }),
    );
    let homeless = json!({
        "if": { "required": ["source"] },
        "else": { "properties": { "namespaces": false, "otherNamespaces": false, "severity": false } },
    });
    for part in [document, homeless, json!({ "$defs": definitions() })] {
        extend(&mut schema, part);
    }
    schema
}

fn definitions() -> Value {
    json!({
        "source": source(),
        "credentials": credentials(),
        "defaults": mapping(
            DEFAULTS,
            &[],
            &json!({
                "override": refer("flag", "For targets that have no `override`: whether a tag that exists at the target \
                    is overwritten; `any` accepts both."),
                "syncAuto": refer("flag", "For targets that have no `syncAuto`: whether each push is copied by itself; \
                    `any` accepts both."),
                "policy": refer("policyReference", "For namespaces that have no `policy`: a policy's name, or a policy."),
            }),
        ),
        "policy": policy(),
        "target": target(),
        "namespace": namespace(),
        "repository": repository(),
        "severities": severities(),
        "waiver": waiver(),
        "policyReference": {
            "description": "A policy's name, or a policy written here.",
            "anyOf": [{ "type": "string" }, { "$ref": "#/$defs/policy" }],
        },
        "flag": { "enum": [true, false, "any"] },
        "severity": { "enum": Severity::ALL.map(Severity::name) },
        "namespaceName": {
            "type": "string",
            "maxLength": NamespaceName::LONGEST,
            "pattern": NamespaceName::EXPRESSION,
        },
        "repositoryName": {
            "description": "The image without its namespace, `/` as it is: `payments/api`.",
            "type": "string",
            "maxLength": RepositoryName::LONGEST,
            "pattern": RepositoryName::EXPRESSION,
        },
        "repositoryPattern": {
            "description": "Repositories that are found: `*`, `?` and `[...]` stay within one `/` segment, `**` crosses \
                them, `{a,b}` chooses.",
            "type": "string",
            "maxLength": LENGTH_LIMIT,
            "pattern": "[*?\\[{]",
            "examples": ["team-a/*"],
        },
        "regionId": {
            "type": "string",
            "maxLength": 64,
            "pattern": "^[a-z0-9]+(?:[_-][a-z0-9]+)*$",
            // Any id of that form; editors propose those that are known.
            "anyOf": [
                { "enum": known_regions().map(|region| &region.id).collect::<Vec<_>>() },
                { "type": "string" },
            ],
        },
        "regionPatterns": {
            "type": "array",
            "maxItems": PATTERN_LIMIT,
            "items": {
                "description": "A region's id, or a pattern with `*`, `?`, `[...]` or `{a,b}`.",
                "type": "string",
                "maxLength": PATTERN_LENGTH_LIMIT,
                "pattern": "^[a-z0-9_*?\\[\\]!^{},-]+$",
                "not": { "pattern": "\\*\\*" },
                "examples": ["cn-*"],
            },
        },
        "endpoint": {
            "type": "string",
            "pattern": endpoint_pattern(),
        },
        "cloud": {
            "type": "string",
            "maxLength": 253,
            "pattern": cloud_pattern(),
            "examples": ["myhuaweicloud.eu"],
        },
        "prose": { "type": "string", "pattern": "\\S" },
        "day": {
            "type": "string",
            "format": "date",
            "pattern": "^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$",
            "examples": ["2027-03-31"],
        },
    })
}

fn source() -> Value {
    let fields = json!({
        "name": {
            "description": "Its name in reports. Left out: the region.",
            "type": "string",
            "pattern": "^[A-Za-z0-9._-]{1,64}$",
        },
        "region": refer("regionId", "The region's id. One that swr-audit does not know needs an `endpoint` or a \
            `cloud`, also where `extraRegions` lists it."),
        "endpoint": refer("endpoint", "The URL of the management API, where it is not the region's: scheme, host and \
            port. Not the registry's. Plain `http://` for this machine only."),
        "cloud": refer("cloud", "The domain of the cloud, where it is not the built-in one of the region: SWR is \
            `https://swr-api.REGION.CLOUD`."),
        "iamEndpoint": refer("endpoint", "The URL of IAM, which issues tokens for a user and a password. Left out: that \
            of the endpoint's own cloud, where that is known."),
        "projectId": {
            "description": "Sent as `X-Project-Id`; a token is issued for this project.",
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]{1,64}$",
        },
        "accountId": {
            "description": "The account whose credential it has to be: 32 hexadecimal digits. Another account's is refused \
                before anything else is asked.",
            "type": "string",
            "pattern": "^[0-9A-Fa-f]{32}$",
        },
        "listsManualRules": {
            "description": "Whether this service lists rules with `syncAuto: false` too.",
            "type": "boolean",
            "default": false,
        },
        "credentials": refer("credentials", "Where to find the credential. Left out: the first that is found."),
    });
    mapping(SOURCE, &["region"], &fields)
}

fn credentials() -> Value {
    let fields = json!({
        "env": {
            "description": "The prefix of environment variables: `PROD` reads `PROD_AK`, `PROD_SK` and \
                `PROD_SECURITY_TOKEN`.",
            "type": "string",
            "pattern": "^[A-Za-z0-9_]{1,64}$",
        },
        "profile": {
            "description": "The section of the SDKs' credentials file.",
            "type": "string",
            "pattern": "^[A-Za-z0-9._-]{1,64}$",
        },
    });
    let mut credentials = mapping(CREDENTIALS, &[], &fields);
    extend(
        &mut credentials,
        json!({
            "description": "One of the two. Neither holds a secret.",
            "minProperties": 1,
            "maxProperties": 1,
        }),
    );
    credentials
}

fn policy() -> Value {
    let fields = json!({
        "description": refer("prose", "For readers of the file."),
        "targets": {
            "description": "The rules that are expected; `[]` expects none.",
            "type": "array",
            "maxItems": TARGET_LIMIT,
            "items": { "$ref": "#/$defs/target" },
        },
        "otherRules": {
            "description": "What a rule beyond the targets is: a finding, a finding of severity `info`, or nothing.",
            "enum": OTHERS.map(|(word, _)| word),
            "default": "deny",
        },
        "allowedRegions": refer("regionPatterns", "A rule to anywhere else is a critical finding. Left out: no limit; \
            `[]`: nowhere."),
        "deniedRegions": refer("regionPatterns", "A rule to one of these is a critical finding. Wins over \
            `allowedRegions`."),
    });
    mapping(POLICY, &["targets"], &fields)
}

fn target() -> Value {
    let fields = json!({
        "region": refer("regionId", "The region that gets the copies: a known one or one of `extraRegions`, unless the \
            source has an `endpoint` or a `cloud`."),
        "namespace": refer("namespaceName", "The namespace there. Left out: the repository's own."),
        "override": refer("flag", "Whether a tag that exists at the target is overwritten; `any` accepts both. Left out: \
            `defaults.override`."),
        "syncAuto": refer("flag", "Whether each push is copied by itself; `any` accepts both. Left out: \
            `defaults.syncAuto`."),
    });
    mapping(TARGET, &["region"], &fields)
}

fn namespace() -> Value {
    let fields = json!({
        "name": refer("namespaceName", "The namespace; the console calls it organization."),
        "policy": refer("policyReference", "For repositories that have no `policy`: a policy's name, or a policy. Left \
            out: `defaults.policy`."),
        "owner": refer("prose", "Copied to every report."),
        "repos": {
            "description": "The repositories to audit, by name, by pattern, or with fields of their own. Left out: every \
                one that is found.",
            "type": "array",
            "minItems": 1,
            "items": {
                "anyOf": [
                    { "$ref": "#/$defs/repositoryName" },
                    { "$ref": "#/$defs/repositoryPattern" },
                    { "$ref": "#/$defs/repository" },
                ],
            },
        },
        "otherRepos": {
            "description": "What a repository is that is found and that `repos` does not cover: a finding, a finding of \
                severity `info`, or nothing.",
            "enum": OTHERS.map(|(word, _)| word),
            "default": "warn",
        },
        "skip": {
            "description": "Nothing of the namespace is asked. Needs a `reason`.",
            "type": "boolean",
            "default": false,
        },
        "reason": refer("prose", "Why it is skipped, for those who read the report."),
        "until": refer("day", "The last day of the skip, UTC; afterwards every repository in it is audited."),
    });
    let mut namespace = mapping(NAMESPACE, &["name"], &fields);
    extend(&mut namespace, skip(&["policy", "repos", "otherRepos"]));
    let others = json!({ "anyOf": [{ "required": ["repos"] }, { "properties": { "otherRepos": false } }] });
    extend(&mut namespace, others);
    namespace
}

fn repository() -> Value {
    let fields = json!({
        "name": {
            "description": "The image without its namespace, `/` as it is: `payments/api`; or a pattern.",
            "anyOf": [{ "$ref": "#/$defs/repositoryName" }, { "$ref": "#/$defs/repositoryPattern" }],
        },
        "policy": refer("policyReference", "A policy's name, or a policy. Left out: the namespace's."),
        "skip": {
            "description": "It is not asked, and the reports say so. Needs a `reason`.",
            "type": "boolean",
            "default": false,
        },
        "reason": refer("prose", "Why it is skipped, for those who read the report."),
        "until": refer("day", "The last day of the skip, UTC; afterwards it is audited again."),
    });
    let mut repository = mapping(REPOSITORY, &["name"], &fields);
    extend(&mut repository, skip(&["policy"]));
    repository
}

/// What `skip: true` asks for and excludes, and what has no meaning without it.
fn skip(excluded: &[&str]) -> Value {
    let none_of = |fields: &[&str]| -> Map<String, Value> {
        fields.iter().map(|field| ((*field).to_owned(), json!(false))).collect()
    };
    json!({
        "if": { "properties": { "skip": { "const": true } }, "required": ["skip"] },
        "then": { "required": ["reason"], "properties": none_of(excluded) },
        "else": { "properties": none_of(&["reason", "until"]) },
    })
}

fn waiver() -> Value {
    let codes = Code::ALL.iter().filter(|code| code.can_be_waived());
    let fields = json!({
        "id": {
            "description": "Its name, once in all files, as in `CHG-1042`.",
            "type": "string",
            "maxLength": ID_LIMIT,
            "pattern": "\\S",
            "not": { "pattern": "[\\u0000-\\u001f\\u007f-\\u009f]" },
        },
        "repo": {
            "description": "What it covers: namespace and repository, patterns allowed. A namespace alone, or with `/**`, \
                is all of it, and the namespace itself. `SOURCE:` in front chooses a source.",
            "type": "string",
            "minLength": 1,
            "maxLength": SCOPE_LIMIT,
            "examples": ["prod/legacy-*"],
        },
        "finding": {
            "description": "The findings that it covers. Left out: any.",
            "type": "array",
            "minItems": 1,
            "uniqueItems": true,
            "items": { "enum": codes.map(|code| code.name()).collect::<Vec<_>>() },
        },
        "target": {
            "description": "The target that it covers: a region's id, or a region and a namespace there. Left out: any, \
                and findings without one.",
            "type": "string",
            "pattern": "^[a-z0-9]+(?:[_-][a-z0-9]+)*(?:/[a-z][a-z0-9]*(?:(?:[._]|__|-+)[a-z0-9]+)*)?$",
            "examples": ["cn-east-3", "cn-east-3/prod-dr"],
        },
        "reason": refer("prose", "Why it is accepted, for those who read the report."),
        "owner": refer("prose", "Who answers for it."),
        "expires": refer("day", "The last day on which it holds, UTC."),
    });
    mapping(WAIVER, &["id", "repo", "reason", "owner", "expires"], &fields)
}

fn severities() -> Value {
    let known = Code::ALL
        .iter()
        .map(|code| (code.name(), format!("The severity of `{}`.", code.name())));
    let later = LATER_CODES.map(|code| {
        (
            code,
            format!("The severity of `{code}`, which this version does not report."),
        )
    });
    let codes: Map<String, Value> = known
        .chain(later)
        .map(|(code, text)| (code.to_owned(), refer("severity", &text)))
        .collect();
    closed(codes, &[])
}

/// `https` to any host, `http` to this machine: see `Endpoint`.
fn endpoint_pattern() -> String {
    let host = r"(?:[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])";
    let this_machine = r"(?:[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|127(?:\.[0-9]{1,3}){3}|\[[0:]*:0*1\])";
    let port = "(?::[0-9]*[1-9][0-9]*)?";
    format!("^[Hh][Tt][Tt][Pp](?:[Ss]://{host}|://{this_machine}){port}/?$")
}

/// Two labels at least; the last one begins with a letter, as no address does.
fn cloud_pattern() -> String {
    let rest = "(?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    format!(r"^(?:[A-Za-z0-9]{rest}\.)+[A-Za-z]{rest}$")
}

/// A mapping with the fields that the loader knows, and no others.
fn mapping(of: Schema, required: &[&str], fields: &Value) -> Value {
    // A field without a description would be accepted with any value; a test says so before anybody sees it.
    let described = |field: &&str| ((*field).to_owned(), fields.get(field).cloned().unwrap_or(json!(true)));
    closed(of.known.iter().map(described).collect(), required)
}

fn closed(properties: Map<String, Value>, required: &[&str]) -> Value {
    let mut closed = json!({ "type": "object", "additionalProperties": false });
    if !required.is_empty() {
        closed["required"] = json!(required);
    }
    closed["properties"] = Value::Object(properties);
    closed
}

/// A definition, under a description of its own.
fn refer(definition: &str, description: &str) -> Value {
    json!({ "description": description, "$ref": format!("#/$defs/{definition}") })
}

fn extend(schema: &mut Value, part: Value) {
    if let (Value::Object(schema), Value::Object(part)) = (schema, part) {
        schema.extend(part);
    }
}
