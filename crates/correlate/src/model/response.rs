//! The fitted response curve as a table.

use sequela_attribution::Fit;
use sequela_schema::TableBuilder;
use sequela_schema::result::response_curve as out;

/// One row per bin of the kernel.
pub(super) fn table(fit: &Fit) -> TableBuilder {
    let mut builder = TableBuilder::new(&out::TABLE);
    let whole: f64 = fit.masses.iter().sum();
    for (bin, edges) in fit.grid.edges.windows(2).enumerate() {
        builder
            .row()
            .real(&out::HOURS_FROM, edges[0])
            .real(&out::HOURS_TO, edges[1])
            .real(&out::SHARE, fit.masses[bin] / whole)
            .real(&out::PRIOR, fit.grid.prior[bin]);
    }
    builder
}
