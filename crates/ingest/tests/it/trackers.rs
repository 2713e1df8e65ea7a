//! Service desks and issue trackers: ServiceNow and Jira.
