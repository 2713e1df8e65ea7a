//! Reordering rows that refer to each other by position.

/// Positions in the order of their keys; equal keys stay in their order.
pub(crate) fn order_by(count: usize, key: impl Fn(usize) -> i64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|index| key(*index));
    order
}

/// Where each old index went.
pub(crate) fn inverse(order: &[usize]) -> Vec<usize> {
    let mut moved = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        moved[*old] = new;
    }
    moved
}
