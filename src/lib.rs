//! swr-audit
