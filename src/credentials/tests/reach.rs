//! Where the password of a source goes, or why it goes nowhere.

use super::*;
use crate::model::CloudDomain;

const CORP: &str = "https://swr.corp.example:8443";
const NAMED: &str = "https://iam.corp.example";
const ORANGE: &str = "https://swr-api.eu-west-0.prod-cloud-ocb.orange-business.com";
const SBER: &str = "https://swr-api.ru-moscow-1.hc.sbercloud.ru";

/// Where the login of a source goes, or the message.
struct Destination {
    region: &'static str,
    endpoint: Option<&'static str>,
    cloud: Option<&'static str>,
    iam_endpoint: Option<&'static str>,
    variables: &'static [(&'static str, &'static str)],
    is_redirected: bool,
}

impl Destination {
    const fn of(region: &'static str) -> Self {
        Self {
            region,
            endpoint: None,
            cloud: None,
            iam_endpoint: None,
            variables: &[],
            is_redirected: false,
        }
    }

    const fn at(self, endpoint: &'static str) -> Self {
        Self {
            endpoint: Some(endpoint),
            ..self
        }
    }

    const fn redirected(self, endpoint: &'static str) -> Self {
        Self {
            is_redirected: true,
            ..self.at(endpoint)
        }
    }

    const fn in_cloud(self, cloud: &'static str) -> Self {
        Self {
            cloud: Some(cloud),
            ..self
        }
    }

    const fn with(self, variables: &'static [(&'static str, &'static str)]) -> Self {
        Self { variables, ..self }
    }

    const fn iam_at(self, iam: &'static str) -> Self {
        Self {
            iam_endpoint: Some(iam),
            ..self
        }
    }

    fn found(&self) -> Result<String, String> {
        let parse = |text: &str| Endpoint::parse(text).expect(text);
        let cloud = self.cloud.map(|cloud| CloudDomain::parse(cloud).expect(cloud));
        let usual = || Source::usual_endpoint(self.region, cloud.as_ref()).expect("a known region, or a cloud");
        let source = Source {
            region: self.region.into(),
            endpoint: self.endpoint.map_or_else(usual, parse),
            iam_endpoint: self.iam_endpoint.map(parse),
            is_redirected: self.is_redirected,
            cloud,
            ..source(CHAIN)
        };
        let world = World::new(&[&LOGIN[..], self.variables].concat());
        match world.find_for(&source).map(|found| found.way) {
            Ok(Way::Issued(Issuance::Login(login))) => Ok(login.iam.to_string()),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn assert_goes<'a>(rows: impl IntoIterator<Item = (Destination, &'a str)>) {
    for (row, (destination, iam)) in rows.into_iter().enumerate() {
        assert_eq!(destination.found().as_deref(), Ok(iam), "row {row}");
    }
}

#[test]
fn a_password_goes_to_the_iam_of_the_endpoints_own_cloud() {
    let of = Destination::of;
    assert_goes([
        // The built-in table lists the endpoint.
        (of("cn-north-4"), "https://iam.cn-north-4.myhuaweicloud.com"),
        (of("eu-west-101"), "https://iam.eu-west-101.myhuaweicloud.eu"),
        (
            of("cn-north-4").at("https://swr-api.cn-north-4.myhuaweicloud.com"),
            "https://iam.cn-north-4.myhuaweicloud.com",
        ),
        (
            of("cn-north-4").redirected("https://swr-api.cn-north-4.myhuaweicloud.com"),
            "https://iam.cn-north-4.myhuaweicloud.com",
        ),
        // The source names its cloud.
        (
            of("cn-new-1").in_cloud("myhuaweicloud.com"),
            "https://iam.cn-new-1.myhuaweicloud.com",
        ),
        (
            of("eu-de").in_cloud("otc.t-systems.com"),
            "https://iam.eu-de.otc.t-systems.com",
        ),
        (
            of("eu-ch2").in_cloud("sc.otc.t-systems.com"),
            "https://iam-pub.eu-ch2.sc.otc.t-systems.com",
        ),
        (
            of("eu-west-0").in_cloud("prod-cloud-ocb.orange-business.com"),
            "https://iam.eu-west-0.prod-cloud-ocb.orange-business.com",
        ),
        (
            of("ru-moscow-1").in_cloud("hc.sbercloud.ru"),
            "https://iam.ru-moscow-1.hc.sbercloud.ru",
        ),
        (
            of("eu-de").in_cloud("otc.t-systems.com").at(CORP),
            "https://iam.eu-de.otc.t-systems.com",
        ),
        (
            of("ru-moscow-1").in_cloud("hc.sbercloud.ru").redirected(SBER),
            "https://iam.ru-moscow-1.hc.sbercloud.ru",
        ),
    ]);
}

#[test]
fn a_password_goes_to_the_iam_that_somebody_names() {
    let of = Destination::of;
    assert_goes([
        (of("cn-north-4").iam_at(NAMED), NAMED),
        (of("dc1").at(CORP).iam_at(NAMED), NAMED),
        (of("dc1").redirected(CORP).iam_at(NAMED), NAMED),
        (of("dc1").in_cloud("corp.example").iam_at(NAMED), NAMED),
        (
            of("dc1")
                .at(CORP)
                .with(&[("HW_AUTH_URL", "https://iam.corp.example/v3")]),
            NAMED,
        ),
        (of("dc1").at(CORP).with(&[("OS_AUTH_URL", NAMED)]), NAMED),
        (
            of("dc1")
                .redirected(CORP)
                .with(&[("HUAWEICLOUD_SDK_IAM_ENDPOINT", NAMED)]),
            NAMED,
        ),
        (
            of("dc1")
                .at("http://127.0.0.1:1")
                .with(&[("HW_AUTH_URL", "http://127.0.0.1:2/v3")]),
            "http://127.0.0.1:2",
        ),
    ]);
}

/// User, password and account of a private cloud went to the vendor's public IAM.
#[test]
fn a_password_for_which_no_iam_is_known_goes_nowhere() {
    let of = Destination::of;
    let not_known = |endpoint: &str, hint: &str| {
        format!(
            "source 'prod': HW_USER_NAME/HW_USER_PASSWORD are not sent: no IAM is known for {endpoint}\nhint: write {hint}"
        )
    };
    let name_it = "`iamEndpoint:` in the source, or set HUAWEICLOUD_SDK_IAM_ENDPOINT";
    let name_cloud = |cloud: &str| format!("`cloud: {cloud}` or {name_it}");
    for (row, (destination, endpoint, hint)) in [
        (of("dc1").at(CORP), CORP, name_it.to_owned()),
        // A region's id of the public cloud does not make it one.
        (of("cn-north-4").at(CORP), CORP, name_it.to_owned()),
        (
            of("cn-north-4").at("https://swr-api.cn-north-4.myhuaweicloud.com:8443"),
            "https://swr-api.cn-north-4.myhuaweicloud.com:8443",
            name_cloud("myhuaweicloud.com"),
        ),
        (
            of("cn-north-4").at("https://swr-api.cn-north-4.myhuaweicloud.com.evil.example"),
            "https://swr-api.cn-north-4.myhuaweicloud.com.evil.example",
            name_it.to_owned(),
        ),
        (
            of("eu-west-0").at(ORANGE),
            ORANGE,
            name_cloud("prod-cloud-ocb.orange-business.com"),
        ),
        (of("ru-moscow-1").at(SBER), SBER, name_cloud("hc.sbercloud.ru")),
        // A domain that is not of the family.
        (
            of("dc1").in_cloud("corp.example"),
            "https://swr-api.dc1.corp.example",
            name_it.to_owned(),
        ),
        (
            of("dc1").in_cloud("evil.myhuaweicloud.com"),
            "https://swr-api.dc1.evil.myhuaweicloud.com",
            name_cloud("myhuaweicloud.com"),
        ),
        // What the file says of its cloud is not said of another endpoint.
        (
            of("eu-de").in_cloud("otc.t-systems.com").redirected(CORP),
            "--endpoint https://swr.corp.example:8443",
            name_it.to_owned(),
        ),
        (
            of("cn-north-4").redirected("http://127.0.0.1:8080"),
            "--endpoint http://127.0.0.1:8080",
            name_it.to_owned(),
        ),
        (
            of("ru-moscow-1").redirected(SBER),
            "--endpoint https://swr-api.ru-moscow-1.hc.sbercloud.ru",
            name_cloud("hc.sbercloud.ru"),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(destination.found(), Err(not_known(endpoint, &hint)), "row {row}");
    }
}
