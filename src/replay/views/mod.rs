//! What the pages of the interface show: values made for the templates, with every date and word already as a person
//! reads it. They know the archive's captures, and nothing of HTTP.

pub mod capture;
pub mod compare;
pub mod explain;
pub mod home;
pub mod notice;
pub mod read;
pub mod rows;
pub mod watch;
