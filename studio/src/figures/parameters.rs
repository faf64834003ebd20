//! The parameters of an address, of which each is one that there is, and stands as often as it may.

use crate::problem::Problem;

/// At most so many values of dimensions together: a statement has a hundred places.
const MOST_VALUES: usize = 50;

/// The parameters of an address.
#[derive(Clone, Copy, Debug)]
pub struct Parameters<'a>(&'a [(String, String)]);

impl<'a> Parameters<'a> {
    /// Those of an address that takes `others`, once each, and dimensions, as often as one likes.
    ///
    /// # Errors
    /// 400 where another one stands.
    pub fn of(
        pairs: &'a [(String, String)],
        others: &[&str],
        dimensions: &[&str],
    ) -> Result<Self, Problem> {
        for (name, _) in pairs {
            if !others.contains(&name.as_str()) && !dimensions.contains(&name.as_str()) {
                return Err(Problem::wrong(format!(
                    "{name:?} is no parameter: there are {} and the dimensions {}",
                    others.join(", "),
                    dimensions.join(", ")
                )));
            }
        }
        Ok(Self(pairs))
    }

    /// What stands under a name.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&'a str> {
        let found = self.0.iter().filter(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).collect()
    }

    /// The one value that stands there, if any.
    ///
    /// # Errors
    /// 400 where there are several.
    pub fn one(&self, name: &str) -> Result<Option<&'a str>, Problem> {
        match self.all(name).as_slice() {
            [] => Ok(None),
            [value] => Ok(Some(*value)),
            _ => Err(Problem::wrong(format!("{name} stands more than once"))),
        }
    }

    /// What is filtered by: values by dimension.
    ///
    /// # Errors
    /// 400 where there are too many.
    pub fn only(&self, dimensions: &[&str]) -> Result<Vec<(String, Vec<String>)>, Problem> {
        let mut only: Vec<(String, Vec<String>)> = Vec::new();
        for name in dimensions {
            let values: Vec<String> = self.all(name).into_iter().map(str::to_owned).collect();
            if !values.is_empty() {
                only.push(((*name).to_owned(), values));
            }
        }
        let values: usize = only.iter().map(|(_, values)| values.len()).sum();
        if values > MOST_VALUES {
            return Err(Problem::wrong(format!(
                "{values} values of dimensions: at most {MOST_VALUES} together"
            )));
        }
        Ok(only)
    }
}
