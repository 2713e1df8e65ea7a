//! The company as its architects would draw it: divisions, teams, services, who deploys with what, who depends on whom.

/// How a service is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// GitHub deployments; the name of the repository.
    GitHub(&'static str),
    /// The second CI, whose builds are exported as one table.
    Forge,
}

/// A team and what is planted about it.
#[derive(Debug)]
pub(crate) struct Team {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) division: &'static str,
    /// Share of its deployments that cause an incident, before size, kind and service.
    pub(crate) failure_rate: f64,
    /// Factor on the time that it takes to restore service.
    pub(crate) restore_factor: f64,
    /// Share of its production deployments that have a change record.
    pub(crate) change_share: f64,
}

/// A service.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What ServiceNow calls it.
    pub(crate) ci: &'static str,
    pub(crate) team: usize,
    pub(crate) tier: u8,
    pub(crate) tool: Tool,
    /// Production deployments per week.
    pub(crate) per_week: f64,
    pub(crate) depends_on: &'static [&'static str],
    /// Whether the catalog knows it.
    pub(crate) catalogued: bool,
}

pub(crate) const CHECKOUT: usize = 1;
pub(crate) const PAYMENTS: usize = 2;
pub(crate) const WAREHOUSE: usize = 6;

/// Checkout is planted clearly worse than the rest, routing clearly better, customs is too small to say.
pub(crate) const TEAMS: [Team; 8] = [
    team("storefront", "Storefront", "commerce", 0.045, 1.0, 0.10),
    team("checkout", "Checkout", "commerce", 0.13, 1.6, 0.35),
    team("payments", "Payments", "commerce", 0.05, 0.9, 0.60),
    team("identity", "Identity", "commerce", 0.04, 1.0, 0.30),
    team("tracking", "Tracking", "logistics", 0.055, 1.1, 0.15),
    team("routing", "Routing", "logistics", 0.018, 0.5, 0.15),
    team("warehouse", "Warehouse", "logistics", 0.06, 1.0, 0.35),
    team("customs", "Customs", "logistics", 0.05, 1.2, 0.80),
];

const fn team(
    name: &'static str,
    title: &'static str,
    division: &'static str,
    failure_rate: f64,
    restore_factor: f64,
    change_share: f64,
) -> Team {
    Team { name, title, division, failure_rate, restore_factor, change_share }
}

/// Groups above the teams: name, title, parent.
pub(crate) const DIVISIONS: [(&str, &str, &str); 3] =
    [("commerce", "Commerce", "morgenrot"), ("logistics", "Logistics", "morgenrot"), ("morgenrot", "Morgenrot Parcel", "")];

/// A configuration item that has incidents and is deployed by nobody.
pub(crate) const HOST: &str = "Legacy Host AS/400";

use Tool::{Forge, GitHub};

/// Deployment rates follow Zipf: 48 / (rank + 1) per week, customs far below its rank.
pub(crate) const SERVICES: [Service; 40] = [
    service(
        "storefront-web",
        "Storefront Web",
        0,
        1,
        GitHub("shop-frontend"),
        16.0,
        &["product-search", "product-catalog", "login-service", "cart-service"],
    ),
    service("product-search", "Product Search", 0, 2, GitHub("product-search"), 5.3, &["product-catalog"]),
    service("product-catalog", "Product Catalog", 0, 2, GitHub("product-catalog"), 4.8, &["image-resizer"]),
    service(
        "recommendation-engine",
        "Recommendation Engine",
        0,
        3,
        GitHub("recommendation-engine"),
        2.8,
        &["product-catalog", "customer-profile"],
    ),
    service("content-pages", "Content Pages", 0, 4, GitHub("content-pages"), 2.2, &["image-resizer"]),
    service("image-resizer", "Image Resizer", 0, 4, GitHub("image-resizer"), 1.3, &[]),
    service(
        "checkout-api",
        "Checkout API",
        1,
        1,
        Forge,
        12.0,
        &["cart-service", "pricing-engine", "payment-gateway", "order-service", "address-validation"],
    ),
    service("cart-service", "Cart Service", 1, 2, Forge, 8.0, &["pricing-engine", "inventory"]),
    service("pricing-engine", "Pricing Engine", 1, 1, Forge, 4.0, &["voucher-service"]),
    service("voucher-service", "Voucher Service", 1, 3, Forge, 3.2, &[]),
    service("order-service", "Order Service", 1, 1, Forge, 6.0, &["inventory", "notification-hub", "ledger"]),
    service("payment-gateway", "Payment Gateway", 2, 1, GitHub("payment-gateway"), 4.4, &["fraud-check", "ledger"]),
    service("fraud-check", "Fraud Check", 2, 2, GitHub("fraud-check"), 2.7, &["customer-profile"]),
    service("invoice-service", "Invoice Service", 2, 2, GitHub("invoicing"), 2.4, &["ledger"]),
    service("refund-service", "Refund Service", 2, 3, GitHub("refund-service"), 1.7, &["payment-gateway"]),
    service("ledger", "Ledger", 2, 1, GitHub("ledger"), 1.6, &[]),
    service("login-service", "Login Service", 3, 1, GitHub("login-service"), 3.7, &["customer-profile"]),
    service("customer-profile", "Customer Profile", 3, 2, GitHub("customer-profile"), 3.0, &[]),
    service("consent-manager", "Consent Manager", 3, 3, GitHub("consent-manager"), 1.4, &["customer-profile"]),
    service("notification-hub", "Notification Hub", 3, 2, GitHub("notification-hub"), 2.3, &[]),
    service("track-and-trace", "Track and Trace", 4, 1, Forge, 9.6, &["parcel-events", "delivery-estimator"]),
    service("parcel-events", "Parcel Events", 4, 1, Forge, 6.9, &[]),
    service("delivery-estimator", "Delivery Estimator", 4, 2, Forge, 4.3, &["route-planner", "parcel-events"]),
    service("proof-of-delivery", "Proof of Delivery", 4, 3, Forge, 1.9, &["image-resizer"]),
    service("driver-app-backend", "Driver App Backend", 4, 2, Forge, 5.0, &["route-planner", "login-service", "proof-of-delivery"]),
    service("route-planner", "Route Planner", 5, 1, GitHub("route-planner"), 7.0, &["geo-index", "capacity-forecast"]),
    service("address-validation", "Address Validation", 5, 2, GitHub("geo-platform"), 4.6, &["geo-index"]),
    service("geo-index", "Geo Index", 5, 3, GitHub("geo-platform"), 3.4, &[]),
    service("capacity-forecast", "Capacity Forecast", 5, 3, GitHub("capacity-forecast"), 4.1, &[]),
    service("depot-scheduler", "Depot Scheduler", 5, 3, GitHub("depot-scheduler"), 3.5, &["capacity-forecast"]),
    service("inventory", "Inventory", 6, 1, Forge, 5.6, &["goods-in"]),
    service("pick-and-pack", "Pick and Pack", 6, 2, Forge, 3.8, &["inventory", "robot-control", "label-printer"]),
    service("label-printer", "Label Printer", 6, 3, Forge, 2.0, &["address-validation"]),
    service("goods-in", "Goods In", 6, 3, Forge, 2.5, &[]),
    service("returns-desk", "Returns Desk", 6, 3, Forge, 1.8, &["inventory", "refund-service"]),
    service("robot-control", "Robot Control", 6, 2, Forge, 1.5, &[]),
    service("customs-declaration", "Customs Declaration", 7, 2, Forge, 0.6, &["tariff-lookup", "parcel-events"]),
    service("tariff-lookup", "Tariff Lookup", 7, 3, Forge, 0.3, &[]),
    shadow(service("promo-landing", "Promo Landing", 0, 4, GitHub("promo-landing"), 2.6, &["image-resizer"])),
    shadow(service("courier-chat", "Courier Chat", 4, 4, Forge, 2.1, &["notification-hub"])),
];

const fn service(
    name: &'static str,
    title: &'static str,
    team: usize,
    tier: u8,
    tool: Tool,
    per_week: f64,
    depends_on: &'static [&'static str],
) -> Service {
    Service { name, title, ci: title, team, tier, tool, per_week, depends_on, catalogued: true }
}

/// In use, and unknown to the catalog.
const fn shadow(known: Service) -> Service {
    Service { catalogued: false, ..known }
}

/// Number of the service of this name.
pub(crate) fn number_of(name: &str) -> Option<usize> {
    SERVICES.iter().position(|service| service.name == name)
}

/// For each service the services that depend on it, in the order of their numbers.
pub(crate) fn consumers() -> Vec<Vec<usize>> {
    let mut consumers = vec![Vec::new(); SERVICES.len()];
    for (consumer, service) in SERVICES.iter().enumerate() {
        for provider in service.depends_on.iter().filter_map(|name| number_of(name)) {
            consumers[provider].push(consumer);
        }
    }
    consumers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dependency_names_a_service() {
        for service in &SERVICES {
            assert!(service.depends_on.iter().all(|name| number_of(name).is_some_and(|provider| SERVICES[provider].name != service.name)));
        }
        let edges: usize = consumers().iter().map(Vec::len).sum();
        assert_eq!(edges, SERVICES.iter().map(|service| service.depends_on.len()).sum::<usize>());
    }

    #[test]
    fn every_team_has_services_and_the_rates_fall_like_zipf() {
        for team in 0..TEAMS.len() {
            assert!(SERVICES.iter().filter(|service| service.team == team).count() >= 2);
        }
        let mut rates: Vec<f64> = SERVICES.iter().map(|service| service.per_week).collect();
        rates.sort_by(|left, right| right.total_cmp(left));
        assert!(rates[0] / rates[9] > 2.5 && rates.iter().sum::<f64>() > 120.0);
    }
}
