//! Tarjan's strongly connected components, without recursion: a chain of a hundred thousand rules must not end the stack.

/// A graph by numbers: the successors of node `n` are `ends[starts[n]..starts[n + 1]]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Successors<'a> {
    pub(super) starts: &'a [u32],
    pub(super) ends: &'a [u32],
}

/// Every component of at least two nodes, each in ascending order.
pub(super) fn components(graph: Successors<'_>) -> Vec<Vec<u32>> {
    let count = graph.starts.len().saturating_sub(1);
    let mut search = Search {
        order: vec![UNSEEN; count],
        low: vec![0; count],
        is_open: vec![false; count],
        open: Vec::new(),
        seen: 0,
        found: Vec::new(),
    };
    for root in 0..count {
        if search.order[root] == UNSEEN {
            search.from(root, graph);
        }
    }
    search.found
}

const UNSEEN: u32 = u32::MAX;

struct Search {
    /// When each node was first seen.
    order: Vec<u32>,
    /// The earliest node that is known to be reached from each, among those whose component is open.
    low: Vec<u32>,
    is_open: Vec<bool>,
    /// Nodes whose component is not closed yet, in the order in which they were seen.
    open: Vec<u32>,
    seen: u32,
    found: Vec<Vec<u32>>,
}

impl Search {
    fn from(&mut self, root: usize, graph: Successors<'_>) {
        // Each node on the way, with the position of its next successor.
        let mut way = vec![self.enter(root, graph)];
        while let Some((node, next)) = way.last_mut() {
            let node = *node;
            if *next < graph.starts[node + 1] {
                let to = graph.ends[*next as usize] as usize;
                *next += 1;
                if self.order[to] == UNSEEN {
                    way.push(self.enter(to, graph));
                } else if self.is_open[to] {
                    self.low[node] = self.low[node].min(self.order[to]);
                }
            } else {
                way.pop();
                if let Some((parent, _)) = way.last() {
                    self.low[*parent] = self.low[*parent].min(self.low[node]);
                }
                if self.low[node] == self.order[node] {
                    self.close(node);
                }
            }
        }
    }

    fn enter(&mut self, node: usize, graph: Successors<'_>) -> (usize, u32) {
        self.order[node] = self.seen;
        self.low[node] = self.seen;
        self.seen += 1;
        self.is_open[node] = true;
        self.open.push(number(node));
        (node, graph.starts[node])
    }

    /// Everything seen since that node is one component.
    fn close(&mut self, node: usize) {
        let from = self.open.iter().rposition(|&open| open as usize == node);
        let mut component = self
            .open
            .split_off(from.expect("a node is open until its component closes"));
        for &member in &component {
            self.is_open[member as usize] = false;
        }
        if component.len() > 1 {
            component.sort_unstable();
            self.found.push(component);
        }
    }
}

/// A node or position as it is kept: half the size, and no plan has four thousand million repositories.
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).expect("a plan has fewer repositories, and fewer rules")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(count: usize, edges: &[(u32, u32)]) -> Vec<Vec<u32>> {
        let mut edges = edges.to_vec();
        edges.sort_unstable();
        let starts: Vec<u32> = (0..=count)
            .map(|node| number(edges.partition_point(|(from, _)| (*from as usize) < node)))
            .collect();
        let ends: Vec<u32> = edges.iter().map(|(_, to)| *to).collect();
        let mut found = components(Successors {
            starts: &starts,
            ends: &ends,
        });
        found.sort();
        found
    }

    #[test]
    fn circles_that_touch_are_one_and_chains_are_none() {
        assert_eq!(of(0, &[]), Vec::<Vec<u32>>::new());
        assert_eq!(of(3, &[(0, 1), (1, 2), (0, 2)]), Vec::<Vec<u32>>::new());
        assert_eq!(of(2, &[(0, 1), (1, 0)]), [vec![0, 1]]);
        assert_eq!(
            of(5, &[(0, 1), (1, 0), (1, 2), (2, 3), (3, 1), (3, 4)]),
            [vec![0, 1, 2, 3]]
        );
        assert_eq!(
            of(5, &[(4, 3), (3, 4), (1, 0), (0, 1), (1, 3)]),
            [vec![0, 1], vec![3, 4]]
        );
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let count = 200_000;
        let mut edges: Vec<(u32, u32)> = (1..count).map(|node| (node - 1, node)).collect();
        assert_eq!(of(count as usize, &edges), Vec::<Vec<u32>>::new());
        edges.push((count - 1, 0));
        assert_eq!(of(count as usize, &edges)[0].len(), count as usize);
    }
}
