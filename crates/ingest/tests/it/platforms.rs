//! Platforms that deploy: Argo CD, Helm, Docker, AWS, Octopus, Spinnaker.
