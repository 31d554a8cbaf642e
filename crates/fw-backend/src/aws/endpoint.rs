//! Where the services of AWS are.

use crate::{Settings, Surroundings};

/// A service that is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    S3,
    DynamoDb,
    Kms,
    Sts,
}

impl Service {
    /// The name in signatures.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::DynamoDb => "dynamodb",
            Self::Kms => "kms",
            Self::Sts => "sts",
        }
    }

    /// The name in messages.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::DynamoDb => "DynamoDB",
            Self::Kms => "KMS",
            Self::Sts => "STS",
        }
    }
}

/// The addresses of services.
#[derive(Clone, Debug)]
pub(crate) struct Endpoints {
    pub(crate) region: String,
    sts_region: Option<String>,
    s3: Option<String>,
    dynamodb: Option<String>,
    kms: Option<String>,
    sts: Option<String>,
    dualstack: bool,
    fips: bool,
}

impl Endpoints {
    /// As settings and environment say.
    pub(crate) fn of(settings: &Settings<'_>, region: &str) -> Self {
        let around = settings.around;
        let nested = settings.object("endpoints");
        let one = |name: &str, old: &str, variables: &[&str]| {
            let given = nested.as_ref().and_then(|nested| nested.filled(name)).or_else(|| settings.filled(old));
            let found = given.or_else(|| around.first_variable(variables));
            found.or_else(|| all(around)).map(with_scheme)
        };
        let flag = |name: &str, variable: &str| {
            settings.flag(name).unwrap_or_else(|| around.variable(variable) == Some("true"))
        };
        Self {
            region: region.to_owned(),
            sts_region: settings.filled("sts_region").map(str::to_owned),
            s3: one("s3", "endpoint", &["AWS_ENDPOINT_URL_S3", "AWS_S3_ENDPOINT"]),
            dynamodb: one("dynamodb", "dynamodb_endpoint", &["AWS_ENDPOINT_URL_DYNAMODB", "AWS_DYNAMODB_ENDPOINT"]),
            kms: one("kms", "kms_endpoint", &["AWS_ENDPOINT_URL_KMS"]),
            sts: one("sts", "sts_endpoint", &["AWS_ENDPOINT_URL_STS", "AWS_STS_ENDPOINT"]),
            dualstack: flag("use_dualstack_endpoint", "AWS_USE_DUALSTACK_ENDPOINT"),
            fips: flag("use_fips_endpoint", "AWS_USE_FIPS_ENDPOINT"),
        }
    }

    /// The region that a service is in.
    pub(crate) fn region_of(&self, service: Service) -> &str {
        match service {
            Service::Sts => self.sts_region.as_deref().unwrap_or(&self.region),
            Service::S3 | Service::DynamoDb | Service::Kms => &self.region,
        }
    }

    /// The address of a service, without a slash at its end, and whether it is one that somebody has chosen.
    pub(crate) fn address(&self, service: Service) -> (String, bool) {
        let chosen = match service {
            Service::S3 => &self.s3,
            Service::DynamoDb => &self.dynamodb,
            Service::Kms => &self.kms,
            Service::Sts => &self.sts,
        };
        if let Some(chosen) = chosen {
            return (chosen.trim_end_matches('/').to_owned(), true);
        }
        let region = self.region_of(service);
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let fips = if self.fips { "-fips" } else { "" };
        let address = match (service, self.dualstack) {
            (Service::S3, true) => format!("https://s3{fips}.dualstack.{region}.{suffix}"),
            (_, true) => format!("https://{}{fips}.{region}.api.aws", service.name()),
            (_, false) => format!("https://{}{fips}.{region}.{suffix}", service.name()),
        };
        (address, false)
    }
}

/// The address of all services.
fn all(around: &Surroundings) -> Option<&str> {
    around
        .variable("AWS_ENDPOINT_URL")
        .filter(|_| around.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") != Some("true"))
}

fn with_scheme(address: &str) -> String {
    if address.contains("://") { address.to_owned() } else { format!("https://{address}") }
}

/// The regions that there are.
const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
];

/// Whether there is such a region.
pub(crate) fn is_region(name: &str) -> bool {
    REGIONS.contains(&name)
}
