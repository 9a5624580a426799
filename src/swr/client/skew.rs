//! How far this machine's clock is from the service's, as the `Date` of an answer tells it.
//!
//! A signature carries the time, and one that is too late or too early is refused like a wrong one. Only the distance
//! tells the two apart.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap};

/// A slow answer explains less. Documented: signatures are refused from a quarter of an hour on.
const WORTH_TELLING: Duration = Duration::from_mins(5);

/// Seconds by which `now` is ahead of the answer's `Date`, negative where it is behind; `None` where there is no such
/// header, or no distance worth telling.
pub(in crate::swr) fn clock_skew(headers: &HeaderMap, now: SystemTime) -> Option<i64> {
    let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    let seconds = |distance: Duration| i64::try_from(distance.as_secs()).unwrap_or(i64::MAX);
    let (distance, skew) = match now.duration_since(date) {
        Ok(ahead) => (ahead, seconds(ahead)),
        Err(behind) => (behind.duration(), -seconds(behind.duration())),
    };
    (distance > WORTH_TELLING).then_some(skew)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn only_minutes_are_reported_and_in_which_direction() {
        let now = httpdate::parse_http_date("Tue, 24 Nov 2026 12:00:00 GMT").expect("a date");
        for (date, skew) in [
            ("Tue, 24 Nov 2026 12:00:00 GMT", None),
            ("Tue, 24 Nov 2026 11:55:00 GMT", None),
            ("Tue, 24 Nov 2026 12:05:00 GMT", None),
            ("Tue, 24 Nov 2026 11:54:59 GMT", Some(301)),
            ("Tue, 24 Nov 2026 12:23:00 GMT", Some(-1380)),
            ("Wed, 24 Nov 2027 12:00:00 GMT", Some(-31_536_000)),
            ("yesterday", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(DATE, HeaderValue::from_static(date))]);
            assert_eq!(clock_skew(&headers, now), skew, "{date}");
        }
        assert_eq!(clock_skew(&HeaderMap::new(), now), None);
    }
}
