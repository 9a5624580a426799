"""Calls the simulator with the vendor's own client and compares every field of every answer with the world.

Started by `run`, with the world's file and the simulator's address. What the world does not say (who made a
repository, which category it is of) stands below, once, in the words of the documented samples.
"""

import datetime
import functools
import json
import logging
import re
import sys
from unittest import mock

import yaml
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, ServerResponseException
from huaweicloudsdkswr.v2 import (
    ListImageAutoSyncReposDetailsRequest,
    ListNamespacesRequest,
    ListQuotasRequest,
    ListReposDetailsRequest,
    ListRepositoryTagsRequest,
    ListSharedReposDetailsRequest,
    ListSyncRegionsRequest,
    ShowDomainOverviewRequest,
    ShowNamespaceRequest,
    ShowRepositoryRequest,
    ShowRepoTagRequest,
    ShowShareFeatureGatesRequest,
    ShowSyncJobRequest,
    SwrClient,
)

PROJECT = "0123456789abcdef0123456789abcdef"
CREATOR_ID = "fedcba9876543210fedcba9876543210"
CREATOR = "username"
CREATED = "2017-09-11T03:00:02.542841141Z"

# Fields on the wire that the client does not know: undocumented ones, which real answers have, too, and the
# simulator's own.
EXTRA = {"x-unknown", "x_unknown_too", "repo_count", "id", "registryURL"}

NO_API = "The API does not exist or has not been published in the environment"
REFUSED = "Incorrect IAM authentication information: "


class World:
    """The world's file, read without the simulator."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.raw = yaml.safe_load(file)
        self.account = self.raw["account"]
        self.keys = {key["ak"]: key for key in self.raw["credentials"]["accessKeys"]}
        self.namespaces = self.raw["namespaces"]
        self.repositories = [
            {"access": namespace.get("access", "granted"), **repository, "namespace": namespace["name"]}
            for namespace in self.namespaces
            for repository in namespace.get("repositories", [])
        ]

    def repository(self, namespace, name):
        """A repository and its number."""
        for number, one in enumerate(self.repositories, 1):
            if (one["namespace"], one["name"]) == (namespace, name):
                return number, one
        raise LookupError(f"{namespace}/{name} is not in the world")

    # What the service is to say, by the names of the client's fields.

    def namespace_entry(self, name):
        number = [one["name"] for one in self.namespaces].index(name) + 1
        return {"id": number, "name": name, "creator_name": CREATOR, "auth": 7}

    def path(self, repository):
        return f"swr.{self.raw['region']}.myhuaweicloud.com/{repository['namespace']}/{repository['name']}"

    @staticmethod
    def internal_path(repository):
        return f"10.125.0.198:20202/{repository['namespace']}/{repository['name']}"

    def common(self, repository):
        tags = repository.get("tags", [])
        return {
            "name": repository["name"],
            "category": "other",
            "description": "",
            "size": sum(tag["size"] for tag in tags),
            "is_public": False,
            "num_images": len(tags),
            "num_download": 0,
            "url": "",
            "path": self.path(repository),
            "internal_path": self.internal_path(repository),
        }

    def repository_entry(self, repository, total):
        return {
            **self.common(repository),
            "created_at": CREATED,
            "updated_at": CREATED,
            "logo": "",
            "domain_name": self.account["name"],
            "namespace": repository["namespace"],
            "tags": [tag["tag"] for tag in repository.get("tags", [])],
            "status": False,
            "total_range": total,
        }

    def repository_look(self, namespace, name):
        number, repository = self.repository(namespace, name)
        return {
            **self.common(repository),
            "id": number,
            "ns_id": self.namespace_entry(namespace)["id"],
            "creator_id": CREATOR_ID,
            "creator_name": CREATOR,
            "created": CREATED,
            "updated": CREATED,
            "domain_id": self.account["id"],
            "priority": 0,
        }

    def rule_entries(self, namespace, name):
        _, repository = self.repository(namespace, name)
        return [
            {
                "created_at": rule["createdAt"],
                "domain_id": self.account["id"],
                "domain_name": self.account["name"],
                "id": rule["id"],
                "namespace": namespace,
                "override": rule.get("override", False),
                "remote_namespace": rule["namespace"],
                "remote_region_id": rule["region"],
                "repo_name": name,
                "sync_auto": True,
                "updated_at": rule["updatedAt"],
            }
            for rule in sorted(repository.get("rules", []), key=lambda rule: rule["id"])
            if rule.get("syncAuto", True)
        ]

    def job_entries(self, namespace, name):
        """The newest first."""
        _, repository = self.repository(namespace, name)
        return [
            {
                "created_at": job["createdAt"],
                "domain_id": self.account["id"],
                "domain_name": self.account["name"],
                "id": job["id"],
                "namespace": namespace,
                "override": job.get("override", False),
                "remote_namespace": job["namespace"],
                "remote_region_id": job["region"],
                "repo_name": name,
                "status": job["status"],
                "sync_operator_id": CREATOR_ID,
                "sync_operator_name": CREATOR,
                "tag": job["tag"],
                "updated_at": job["updatedAt"],
            }
            for job in sorted(repository.get("syncJobs", []), key=lambda job: job["id"], reverse=True)
        ]

    def tag_look(self, namespace, name, at):
        number, repository = self.repository(namespace, name)
        tag = repository["tags"][at]
        return {
            "id": number * 10_000_000 + at + 1,
            "repo_id": number,
            "tag": tag["tag"],
            "image_id": image_id,
            "manifest": manifest,
            "digest": tag["digest"],
            "schema": 2,
            "path": f"{self.path(repository)}:{tag['tag']}",
            "internal_path": f"{self.internal_path(repository)}:{tag['tag']}",
            "size": tag["size"],
            "is_trusted": False,
            "created": tag["createdAt"],
            "updated": tag["updatedAt"],
            "domain_id": self.account["id"],
            "tag_type": 1 if tag.get("manifestList") else 0,
        }

    def tag_entry(self, namespace, name, at):
        return {**self.tag_look(namespace, name, at), "deleted": None, "scanned": False}


def image_id(value):
    """The world cannot say it: any digest without its kind."""
    assert re.fullmatch("[0-9a-f]{64}", value), value


def manifest(value):
    """JSON in a text, of the second schema."""
    assert json.loads(value)["schemaVersion"] == 2, value


class Checks:
    """The checks, each a line of its own in the output."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def that(self, name, check, *arguments):
        try:
            check(*arguments)
        except Exception as error:  # whatever the client raises is a failed check, and the others go on
            self.failed += 1
            print(f"FAILED  {name}: {type(error).__name__}: {error}".replace("\n", "\n        "))
        else:
            self.passed += 1
            print(f"ok      {name}")


def same(what, actual, expected):
    """Equal and of one type: in Python `1 == True`."""
    if callable(expected):
        expected(actual)
        return
    if isinstance(expected, list):
        same(f"type of {what}", type(actual).__name__, "list")
        same(f"length of {what}", len(actual), len(expected))
        for at, (one, other) in enumerate(zip(actual, expected)):
            same(f"{what}[{at}]", one, other)
        return
    assert type(actual) is type(expected) and actual == expected, f"{what}: expected {expected!r}, actual {actual!r}"


def fields(what, element, raw, expected):
    """Every field that the client knows, as it reads it and as it was on the wire; and no other field on the wire."""
    names = {attribute: name for attribute, name in element.attribute_map.items() if name != "Content-Range"}
    assert set(names) == set(expected), f"{what}: the client's fields are {sorted(names)}"
    for attribute, name in names.items():
        same(f"{what}.{attribute}", getattr(element, attribute), expected[attribute])
        assert name in raw, f"{what}: no {name!r} on the wire: {sorted(raw)}"
        same(f"{what}.{name} on the wire", raw[name], expected[attribute])
    strangers = set(raw) - set(names.values()) - EXTRA
    assert not strangers, f"{what}: not the client's: {sorted(strangers)}"


def listed(answer, expected, content_range):
    """A bare list. The client makes nothing of an empty one."""
    same("status", answer.status_code, 200)
    raw = json.loads(answer.raw_content)
    same("length on the wire", len(raw), len(expected))
    same("length", len(answer.body or []), len(expected))
    for at, (element, on_wire, one) in enumerate(zip(answer.body or [], raw, expected)):
        fields(f"[{at}]", element, on_wire, one)
    same("Content-Range", getattr(answer, "content_range", None), content_range)


def single(answer, expected):
    same("status", answer.status_code, 200)
    fields("answer", answer, json.loads(answer.raw_content), expected)


def refused(call, kind, status, code, text):
    """What the client makes of an error. `text`: its exact message, or JSON that the message is the raw text of."""
    try:
        answer = call()
    except (ClientRequestException, ServerResponseException) as error:
        assert type(error) is kind, f"class: expected {kind.__name__}, actual {type(error).__name__}"
        same("status", error.status_code, status)
        same("code", error.error_code, code)
        if isinstance(text, str):
            same("message", error.error_msg, text)
        elif callable(text):
            text(error.error_msg)
        else:
            assert json.loads(error.error_msg) == text, f"message: expected {text}, actual {error.error_msg!r}"
        assert re.fullmatch("[0-9a-f]{32}", error.request_id or ""), f"request id: {error.request_id!r}"
    else:
        raise AssertionError(f"no error but {answer.status_code}: {answer.raw_content!r}")


def client(endpoint, ak, sk, security_token=None):
    # With a project given, the client asks IAM for none.
    credentials = BasicCredentials(ak, sk, PROJECT)
    if security_token is not None:
        credentials = credentials.with_security_token(security_token)
    return SwrClient.new_builder().with_credentials(credentials).with_endpoint(endpoint).build()


def sent(name):
    """A repository's name as it has to be sent; the client leaves that to its user."""
    return name.replace("/", "$")


def rules_of(swr, namespace, name):
    request = ListImageAutoSyncReposDetailsRequest(namespace=namespace, repository=sent(name))
    return swr.list_image_auto_sync_repos_details(request)


def organizations(checks, world, swr):
    def listing(expected, **query):
        answer = swr.list_namespaces(ListNamespacesRequest(**query))
        same("status", answer.status_code, 200)
        raw = json.loads(answer.raw_content)
        same("fields", list(raw), ["namespaces"])
        same("names", [one.name for one in answer.namespaces], expected)
        same("length on the wire", len(raw["namespaces"]), len(expected))
        for element, on_wire in zip(answer.namespaces, raw["namespaces"]):
            fields(element.name, element, on_wire, world.namespace_entry(element.name))

    for name, expected, query in [
        ("those granted", ["prod", "many", "empty"], {}),
        ("those visible", ["prod", "many", "closed", "empty"], {"filter": "mode::visible"}),
        ("one by parameter", ["many"], {"namespace": "many"}),
        ("one by filter", ["closed"], {"filter": "namespace::closed|mode::visible"}),
    ]:
        checks.that(f"namespaces: {name}", lambda e=expected, q=query: listing(e, **q))
    for name in ["prod", "many", "empty"]:
        request = ShowNamespaceRequest(namespace=name)
        checks.that(
            f"namespace {name}", lambda r=request, n=name: single(swr.show_namespace(r), world.namespace_entry(n))
        )


def repositories(checks, world, swr):
    def granted(namespace, part=""):
        return [
            one
            for one in world.repositories
            if one["access"] == "granted" and namespace in (None, one["namespace"]) and part in one["name"]
        ]

    def page(expected, offset, limit, query):
        part = expected[offset : offset + limit]
        answer = swr.list_repos_details(ListReposDetailsRequest(**query))
        entries = [world.repository_entry(one, len(expected)) for one in part]
        listed(answer, entries, f"{offset}-{len(part)}/{len(expected)}")

    for name, namespace, part, limit in [
        ("all", None, "", 1000),
        ("all in pages", None, "", 4),
        ("one organization in pages", "many", "", 5),
        ("one organization and a part of the name", "many", "team", 3),
        ("an empty organization", "empty", "", 10),
        ("an absent organization", "absent", "", 10),
    ]:
        expected = granted(namespace, part)
        for offset in range(0, max(len(expected), 1), limit):
            terms = {"namespace": namespace, "name": part, "limit": str(limit), "offset": str(offset)}
            terms = {term: value for term, value in terms.items() if value}
            in_filter = {"filter": "|".join(f"{term}::{value}" for term, value in terms.items())}
            for form, query in [("parameters", terms), ("filter", in_filter)]:
                checks.that(f"repositories: {name}, from {offset}, by {form}", page, expected, offset, limit, query)
    checks.that("repositories: no page asked for", page, granted(None), 0, 100, {})
    # Documented: the filter wins.
    both = {"filter": "namespace::prod|limit::10|offset::0", "namespace": "many", "limit": "1", "offset": "3"}
    checks.that("repositories: filter and parameters", page, granted("prod"), 0, 10, both)

    for namespace, name in [("prod", "team/web"), ("prod", "a/b/c"), ("prod", "x.y__z-1"), ("closed", "open")]:
        request = ShowRepositoryRequest(namespace=namespace, repository=sent(name))
        expected = world.repository_look(namespace, name)
        checks.that(f"repository {namespace}/{name}", lambda r=request, e=expected: single(swr.show_repository(r), e))


def tags(checks, world, swr):
    def listing(expected, content_range, name, query):
        answer = swr.list_repository_tags(ListRepositoryTagsRequest(namespace="prod", repository=sent(name), **query))
        listed(answer, [world.tag_entry("prod", name, at) for at in expected], content_range)

    for what, name, expected, content_range, query in [
        ("no page asked for", "team/web", [0, 1, 2], "0-3/3", {}),
        ("the first page", "team/web", [0, 1], "0-2/3", {"limit": "2", "offset": "0"}),
        ("the last page", "team/web", [2], "2-1/3", {"limit": "2", "offset": "2"}),
        ("the last page by filter", "team/web", [2], "2-1/3", {"filter": "limit::2|offset::2"}),
        ("beyond the end", "team/web", [], "9-0/3", {"limit": "2", "offset": "9"}),
        ("one by name", "team/web", [2], "0-1/1", {"tag": "1.10"}),
        ("by name", "team/web", [2, 1, 0], "0-3/3", {"order_column": "tag", "order_type": "asc"}),
        ("the newest first", "team/web", [1, 2, 0], "0-3/3", {"order_column": "updated_at", "order_type": "desc"}),
        ("none", "a/b/c", [], "0-0/0", {"limit": "100", "offset": "0"}),
    ]:
        checks.that(f"tags: {what}", listing, expected, content_range, name, query)
    for name, at in [("team/web", 0), ("team/web", 1), ("team/web", 2), ("x.y__z-1", 0)]:
        expected = world.tag_look("prod", name, at)
        request = ShowRepoTagRequest(namespace="prod", repository=sent(name), tag=expected["tag"])
        checks.that(
            f"tag prod/{name}:{expected['tag']}", lambda r=request, e=expected: single(swr.show_repo_tag(r), e)
        )


def rules(checks, world, swr):
    for namespace, name, count in [("prod", "team/web", 2), ("prod", "a/b/c", 1), ("prod", "x.y__z-1", 0)]:
        expected = world.rule_entries(namespace, name)
        same("rules in the world", len(expected), count)
        checks.that(
            f"rules of {namespace}/{name}",
            lambda ns=namespace, n=name, e=expected: listed(rules_of(swr, ns, n), e, None),
        )


def jobs(checks, world, swr):
    def listing(expected, content_range, name, terms):
        request = ShowSyncJobRequest(namespace="prod", repository=sent(name), filter=terms)
        listed(swr.show_sync_job(request), expected, content_range)

    newest = world.job_entries("prod", "team/web")
    same("copies in the world", len(newest), 4)
    for what, name, expected, content_range, terms in [
        ("the newest first", "team/web", newest, "0-4/4", "limit::10|offset::0|order::desc"),
        ("the oldest first", "team/web", newest[::-1], "0-4/4", "limit::10|offset::0|order::asc"),
        ("the first page", "team/web", newest[:3], "0-3/4", "limit::3|offset::0|order::desc"),
        ("the last page", "team/web", newest[3:], "3-1/4", "limit::3|offset::3|order::desc"),
        ("beyond the end", "team/web", [], "9-0/4", "limit::3|offset::9|order::desc"),
        ("none", "a/b/c", [], "0-0/0", "limit::10|offset::0"),
    ]:
        checks.that(f"copies: {what}", listing, expected, content_range, name, terms)


def account(checks, world, swr):
    def regions():
        answer = swr.list_sync_regions(ListSyncRegionsRequest())
        same("status", answer.status_code, 200)
        raw = json.loads(answer.raw_content)
        same("length", len(answer.body), len(world.raw["syncRegions"]))
        for element, on_wire, region in zip(answer.body, raw, world.raw["syncRegions"]):
            if isinstance(region, str):
                fields(region, element, on_wire, {"region_id": region})
            else:
                same("region", element.region_id, None)
                same("on the wire", on_wire.get("registryURL"), region["registryUrl"])
                same("fields on the wire", list(on_wire), ["registryURL"])

    def quotas():
        answer = swr.list_quotas(ListQuotasRequest())
        raw = json.loads(answer.raw_content)
        same("fields", list(raw), ["quotas"])
        same("length", (len(answer.quotas), len(raw["quotas"])), (1, 1))
        expected = {"quota_key": "namespace", "quota_limit": 5, "used": len(world.namespaces), "unit": ""}
        fields("quota", answer.quotas[0], raw["quotas"][0], expected)

    images = [tag for one in world.repositories for tag in one.get("tags", [])]
    overview = {
        "domain_id": world.account["id"],
        "domain_name": world.account["name"],
        "namspace_num": len(world.namespaces),
        "repo_num": len(world.repositories),
        "image_num": len(images),
        "store_space": float(sum(tag["size"] for tag in images)),
        "downflow_size": 0.0,
    }
    gates = ["experience", "hss_service", "image_scan", "sm3", "image_sync", "cci_service", "image_label", "pipeline",
             "authorization_token", "resource", "list_v3", "image_quota"]
    gates = {f"enable_{gate}": gate == "image_sync" and world.raw["imageSync"] for gate in gates}
    checks.that("regions", regions)
    checks.that("quotas", quotas)
    checks.that("overview", lambda: single(swr.show_domain_overview(ShowDomainOverviewRequest()), overview))
    checks.that("feature gates", lambda: single(swr.show_share_feature_gates(ShowShareFeatureGatesRequest()), gates))
    shared = ListSharedReposDetailsRequest(center="self", limit="10", offset="0")
    checks.that("shared repositories", lambda: listed(swr.list_shared_repos_details(shared), [], "0-0/0"))


def service_error(code, text):
    """The shape in which the simulator's service answers unless told otherwise: `{"errors": [..]}`."""
    return {"errors": [{"errorCode": f"SVCSTG.SWR.{code}", "errorMessage": text, "detail": ""}]}


def errors(checks, world, swr):
    """The client reads the gateway's shape and the newest one of the service. Of the others it keeps the raw text, and
    the status takes the place of the code: they say `errorMessage`, and it looks for `errorMsg`."""
    absent = {"errorCode": "SVCSTG.SWR.4040113", "errorMessage": "No such image", "detail": ""}
    share = {"errorCode": "SVCSTG.SWR.4001090", "errorMessage": "No such share"}

    def html(text):
        assert text.startswith("<html>") and "502 Bad Gateway" in text, text

    def throttled():
        """Its transport gives up on this status before the body is looked at: code, text and request id are lost."""
        try:
            rules_of(swr, "errors", "throttled")
        except ClientRequestException as error:
            assert "too many 429 error responses" in error.error_msg, error.error_msg
            same("status, code, request id", (error.status_code, error.error_code, error.request_id), (429, "429", ""))
        else:
            raise AssertionError("no error")

    for what, name, kind, status, code, text in [
        ("shape A, a list", "shape-a", ClientRequestException, 404, "404", [absent]),
        ("shape B, errors", "shape-b", ClientRequestException, 404, "404", {"errors": [absent]}),
        ("shape C, errorMessage", "shape-c", ClientRequestException, 400, "400", share),
        ("shape D, all spellings", "shape-d", ClientRequestException, 403, "SVCSTG.SWR.4030170", "Insufficient"),
        ("shape E, the gateway", "shape-e", ServerResponseException, 504, "APIGW.0203", "Backend timed out"),
        ("shape F, IAM", "shape-f", ClientRequestException, 401, 401, "The token is wrong"),
        ("shape G, a page", "html", ServerResponseException, 502, "502", html),
        ("shape G, nothing", "silent", ServerResponseException, 500, "500", ""),
    ]:
        checks.that(f"error: {what}", refused, lambda n=name: rules_of(swr, "errors", n), kind, status, code, text)

    checks.that("error: throttled", throttled)

    no_namespace = "404", service_error("4040058", "The organization does not exist")
    no_repository = "404", service_error("4040113", "The image does not exist")
    no_tag = "404", service_error("4040115", "The tag does not exist")
    denied = "SVCSTG.SWR.4030170", "Insufficient permissions"
    gateway = "APIGW.0101", NO_API
    unpaired = "400", service_error("4001024", "Invalid query parameters")
    page_size = "400", service_error("4000056", "Invalid page size")
    no_filter = "400", service_error("4001035", "Invalid filter")
    column = "400", service_error("4001096", "param order column error")
    namespace, repository, tag, tags_of, rules_at, jobs_of, listing = (
        lambda *at: swr.show_namespace(ShowNamespaceRequest(*at)),
        lambda *at: swr.show_repository(ShowRepositoryRequest(*at)),
        lambda *at: swr.show_repo_tag(ShowRepoTagRequest(*at)),
        lambda *at: swr.list_repository_tags(ListRepositoryTagsRequest(*at)),
        lambda *at: swr.list_image_auto_sync_repos_details(ListImageAutoSyncReposDetailsRequest(*at)),
        lambda *at: swr.show_sync_job(ShowSyncJobRequest(*at)),
        lambda query: swr.list_repos_details(ListReposDetailsRequest(**query)),
    )
    for what, call, arguments, status, (code, text) in [
        ("absent namespace", namespace, ["absent"], 404, no_namespace),
        ("absent namespace, rules", rules_at, ["absent", "web"], 404, no_namespace),
        ("absent repository, rules", rules_at, ["prod", "team$none"], 404, no_repository),
        ("absent repository", repository, ["prod", "none"], 404, no_repository),
        ("absent tag", tag, ["prod", "team$web", "none"], 404, no_tag),
        ("denied namespace", namespace, ["dark"], 403, denied),
        ("denied repository", rules_at, ["prod", "secret"], 403, denied),
        ("denied with its namespace", rules_at, ["closed", "shut"], 403, denied),
        # The answer is packed, because this client takes gzip.
        ("forgotten $, rules", rules_at, ["prod", "team/web"], 404, gateway),
        ("forgotten $, repository", repository, ["prod", "team/web"], 404, gateway),
        ("forgotten $, tags", tags_of, ["prod", "team/web"], 404, gateway),
        ("forgotten $, copies", jobs_of, ["prod", "team/web", "limit::10|offset::0"], 404, gateway),
        ("no filter for copies", jobs_of, ["prod", "team$web"], 400, no_filter),
        ("no page of copies", jobs_of, ["prod", "team$web", "order::desc"], 400, unpaired),
        ("limit alone", listing, [{"limit": "10"}], 400, unpaired),
        ("a page too large", listing, [{"limit": "1001", "offset": "0"}], 400, page_size),
        ("a wrong filter", listing, [{"filter": "limit"}], 400, no_filter),
        ("the documented column", listing, [{"order_column": "updated_at", "order_type": "desc"}], 400, column),
    ]:
        asked = functools.partial(call, *arguments)
        checks.that(f"error: {what}", refused, asked, ClientRequestException, status, code, text)


def credentials(checks, world, endpoint):
    expected = world.rule_entries("prod", "a/b/c")

    def gets_in(swr):
        listed(rules_of(swr, "prod", "a/b/c"), expected, None)

    def is_refused(swr, text):
        call = lambda: rules_of(swr, "prod", "a/b/c")
        refused(call, ClientRequestException, 401, "APIGW.0301", REFUSED + text)

    def known(ak, **changes):
        key = {"sk": world.keys[ak]["sk"], "security_token": world.keys[ak].get("securityToken"), **changes}
        return client(endpoint, ak, key["sk"], key["security_token"])

    wrong = "verify aksk signature fail"
    checks.that("key: the right secret", gets_in, known("OTHERSECRETAK"))
    checks.that("key: a wrong secret", is_refused, known("OTHERSECRETAK", sk="another-one"), wrong)
    checks.that("key: an unknown key", is_refused, client(endpoint, "UNKNOWNAK", "any"), "ak UNKNOWNAK not exist")
    token = "decrypt security token fail"
    checks.that("temporary key: its token", gets_in, known("TEMPORARYAK"))
    checks.that("temporary key: no token", is_refused, known("TEMPORARYAK", security_token=None), token)
    checks.that("temporary key: another token", is_refused, known("TEMPORARYAK", security_token="other"), token)
    checks.that("temporary key: a wrong secret", is_refused, known("TEMPORARYAK", sk="another-one"), wrong)

    for minutes, accepted in [(14, True), (-14, True), (16, False), (-16, False)]:
        class Clock(datetime.datetime):
            """The client's clock, so many minutes off."""

            off = datetime.timedelta(minutes=minutes)

            @classmethod
            def utcnow(cls):
                return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + cls.off

        with mock.patch("huaweicloudsdkcore.signer.signer.datetime", Clock):
            swr = known("SKEWEDAK")
            if accepted:
                checks.that(f"clock: {minutes:+} minutes", gets_in, swr)
            else:
                text = "calc ak sk signature fail:signature expired"
                checks.that(f"clock: {minutes:+} minutes", is_refused, swr, text)

    locked = "AK access failed to reach the limit,forbidden"
    for failure in range(1, 6):
        checks.that(f"lock: failure {failure}", is_refused, known("LOCKINGAK", sk="another-one"), wrong)
    checks.that("lock: failure 6", is_refused, known("LOCKINGAK", sk="another-one"), locked)
    checks.that("lock: the right secret, too late", is_refused, known("LOCKINGAK"), locked)
    checks.that("lock: nobody else", gets_in, known("PERMANENTAK"))


def main(path, endpoint):
    world = World(path)
    key = world.keys["PERMANENTAK"]
    swr = client(endpoint, key["ak"], key["sk"])
    # The client logs each error beside raising it.
    logging.disable(logging.CRITICAL)
    checks = Checks()
    for part in [organizations, repositories, tags, rules, jobs, account, errors]:
        part(checks, world, swr)
    credentials(checks, world, endpoint)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
