//! The one piece of linear algebra that the k-sample test needs.

/// `xᵀ A⁻¹ x` for a symmetric positive definite A, by Cholesky's decomposition; absent when A is singular or empty.
pub(super) fn quadratic_form(mut matrix: Vec<Vec<f64>>, mut vector: Vec<f64>) -> Option<f64> {
    let largest = (0..matrix.len()).map(|index| matrix[index][index]).fold(0.0, f64::max);
    for row in 0..matrix.len() {
        for column in 0..=row {
            let product: f64 = (0..column).map(|inner| matrix[row][inner] * matrix[column][inner]).sum();
            let rest = matrix[row][column] - product;
            if row != column {
                matrix[row][column] = rest / matrix[column][column];
            } else if rest > largest * 1e-12 {
                matrix[row][row] = rest.sqrt();
            } else {
                return None;
            }
        }
        let product: f64 = (0..row).map(|inner| matrix[row][inner] * vector[inner]).sum();
        vector[row] = (vector[row] - product) / matrix[row][row];
    }
    (!vector.is_empty()).then(|| vector.iter().map(|value| value * value).sum())
}

#[cfg(test)]
mod tests {
    use super::quadratic_form;

    /// A = [[4, 2], [2, 10]], A⁻¹ = [[10, −2], [−2, 4]] / 36, so that (1, 2) gives (10 − 8 + 16) / 36.
    #[test]
    fn agrees_with_the_inverse_by_hand() {
        assert_eq!(quadratic_form(vec![vec![4.0, 2.0], vec![2.0, 10.0]], vec![1.0, 2.0]), Some(0.5));
    }

    #[test]
    fn a_singular_matrix_has_no_form() {
        assert_eq!(quadratic_form(vec![vec![1.0, 1.0], vec![1.0, 1.0]], vec![1.0, 2.0]), None);
        assert_eq!(quadratic_form(Vec::new(), Vec::new()), None);
    }
}
