//! What arrives: when, for which project, and with which bytes. The same seed gives the same work.

use windsock_world::Millis;

/// One object that somebody uploads.
#[derive(Debug, Clone)]
pub struct Upload {
    /// After the beginning.
    pub at: Millis,
    pub key: String,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
pub struct Work {
    pub arrivals: u32,
    pub projects: u32,
    /// All of it arrives within so long.
    pub within: Millis,
    pub seed: u64,
}

/// Of all arrivals, those of the first project.
const FIRST_PER_CENT: u64 = 20;

impl Work {
    pub fn projects(&self) -> Vec<String> {
        (0..self.projects).map(project).collect()
    }

    /// The uploads in the order of their times: the first project gets its share, the others the rest evenly.
    pub fn uploads(&self) -> Vec<Upload> {
        let mut chance = fastrand::Rng::with_seed(self.seed);
        let mut times: Vec<Millis> = (0..self.arrivals).map(|_| chance.i64(0..self.within.max(1))).collect();
        times.sort_unstable();
        let numbered = times.into_iter().enumerate();
        let uploads = numbered.map(|(number, at)| {
            let first = self.projects == 1 || chance.u64(0..100) < FIRST_PER_CENT;
            let project = project(if first { 0 } else { chance.u32(1..self.projects) });
            Upload {
                at,
                key: format!("training/{project}/{number:06}.csv"),
                bytes: format!("label,pressure,number\n1,1013,{number}\n").into_bytes(),
            }
        });
        uploads.collect()
    }
}

fn project(number: u32) -> String {
    format!("load-{number:03}")
}

/// A project without cool-down and daily cap, so that nothing but the product's own economy limits its runs. It learns
/// from what is new, so that an arrival belongs to one run.
pub fn project_yaml(project: &str, settle: &str, approval: &str) -> String {
    format!(
        "project: {project}\n\
         data: {{ label: label }}\n\
         training: {{ window: new, settle: {settle}, cooldown: 0s, per_day: {PER_DAY_MOST}, objective: {{ metric: auc }} }}\n\
         approval: {approval}\n\
         letters: {{ managers: [{project}-managers@example.com], approvers: [{project}-approvers@example.com] }}\n"
    )
}

/// A project cannot do without a daily cap; this is the highest that it may have.
const PER_DAY_MOST: u32 = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_project_gets_a_fifth_and_the_same_seed_gives_the_same() {
        let work = Work {
            arrivals: 10_000,
            projects: 100,
            within: 60_000,
            seed: 1,
        };
        let uploads = work.uploads();
        let first = uploads
            .iter()
            .filter(|upload| upload.key.starts_with("training/load-000/"));
        assert!((1_850..2_150).contains(&first.count()));
        assert!(uploads.is_sorted_by_key(|upload| upload.at));
        let again = work.uploads();
        assert!(
            uploads
                .iter()
                .zip(&again)
                .all(|(one, other)| one.key == other.key && one.at == other.at)
        );
    }

    #[test]
    fn its_projects_are_projects() {
        for approval in ["manual", "{ automatic: { auc: \">= 0.80\" } }"] {
            let yaml = project_yaml("load-000", "1m", approval);
            let read = windsock_decisions::Project::from_yaml(&yaml);
            assert!(read.is_ok(), "{read:?}");
        }
    }
}
