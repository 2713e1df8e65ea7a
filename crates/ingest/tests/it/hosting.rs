//! Code hosting: deployments, pipelines, releases and issues of GitHub, GitLab, Azure DevOps and Bitbucket.
