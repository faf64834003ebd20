//! A media element, stepped by the millisecond. It tells by events, which are heard late, and knows what it really played.

use shelfreel_playback::{Media, Sample};
use std::collections::VecDeque;

/// What a viewer, or the network, does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    Play,
    Pause,
    /// Time goes by.
    Watch(u32),
    Seek {
        to_ms: u32,
        takes_ms: u32,
    },
    /// In thousandths.
    Rate(u32),
    /// Nothing to play for a while.
    Stall(u32),
    Loop(bool),
    /// The page's thread has much to do: the film plays on, but what is asked first when it has ended is told as it was before, as Firefox does.
    Busy(u32),
}

pub(crate) struct Element {
    pub(crate) duration_ms: u32,
    pub(crate) now_ms: u32,
    /// How often each millisecond was played.
    pub(crate) played: Vec<u32>,
    /// Where playing began or stopped.
    pub(crate) edges: Vec<usize>,
    pub(crate) seeks: u32,
    pub(crate) pauses: u32,
    pub(crate) ends: u32,
    position_us: u64,
    rate_milli: u32,
    paused: bool,
    ended: bool,
    looping: bool,
    /// The seek under way is done at this time.
    seeking_until_ms: Option<u32>,
    starved: bool,
    updated_ms: u32,
    events: VecDeque<(u32, Media)>,
    lags_ms: Vec<u32>,
    told: usize,
    /// Where it was and what was played when the page's thread was last free, while that is what it says.
    stale: Option<(u64, Vec<u32>)>,
    /// It cannot end or begin again: that is for the page's thread to do.
    busy: bool,
}

impl Element {
    pub(crate) fn new(duration_ms: u32, now_ms: u32, lags_ms: &[u32]) -> Self {
        Self {
            duration_ms,
            now_ms,
            played: vec![0; duration_ms as usize],
            edges: vec![0, duration_ms as usize],
            seeks: 0,
            pauses: 0,
            ends: 0,
            position_us: 0,
            rate_milli: 1000,
            paused: true,
            ended: false,
            looping: false,
            seeking_until_ms: None,
            starved: false,
            updated_ms: now_ms,
            events: VecDeque::new(),
            lags_ms: lags_ms.to_vec(),
            told: 0,
            stale: None,
            busy: false,
        }
    }

    pub(crate) fn act(&mut self, act: Act, hear: &mut dyn FnMut(Media, &Element)) {
        // Nobody acts again before what he did was heard; but while a seek is well under way, for that is dragging.
        let soon_ms = self.now_ms + 40;
        while self
            .seeking_until_ms
            .is_none_or(|until_ms| until_ms < soon_ms)
            && (self.seeking_until_ms.is_some() || !self.events.is_empty())
        {
            self.run(1, hear);
        }
        match act {
            Act::Play if self.ended => {
                self.paused = false;
                self.jump(0, 10);
                self.run(40, hear);
            }
            Act::Play if self.paused => {
                self.paused = false;
                self.tell(Media::Playing);
            }
            Act::Pause if !self.paused => {
                self.paused = true;
                self.pauses += 1;
                self.tell(Media::Pause);
            }
            Act::Seek { to_ms, takes_ms } => {
                if self.seeking_until_ms.is_none() {
                    self.seeks += 1;
                }
                self.jump(to_ms.min(self.duration_ms - 1), takes_ms);
                self.run(40, hear);
            }
            Act::Rate(rate_milli) => {
                self.rate_milli = rate_milli;
                self.tell(Media::RateChange);
            }
            Act::Stall(ms) => {
                if self.moves() {
                    self.starved = true;
                    self.tell(Media::Waiting);
                    self.run(ms, hear);
                    self.starved = false;
                    self.tell(Media::Playing);
                }
            }
            Act::Loop(looping) => self.looping = looping,
            // A second after a seek its end is no longer waited for, and at a loop's end what was heard last is not told from what was there.
            Act::Busy(ms) if self.seeking_until_ms.is_none() && !self.looping => {
                let stale = (self.position_us, self.played.clone());
                self.busy = true;
                (0..ms).for_each(|_| self.step());
                self.busy = false;
                self.stale = Some(stale);
                hear(Media::TimeUpdate, self);
                self.stale = None;
                self.tell(Media::TimeUpdate);
                self.run(40, hear);
            }
            Act::Watch(ms) => self.run(ms, hear),
            Act::Play | Act::Pause | Act::Busy(_) => {}
        }
    }

    /// What it says when asked; `last_ms` is where the asker thinks it was.
    pub(crate) fn sample(&self, last_ms: u32) -> Sample {
        let (position_us, played) = match &self.stale {
            Some((position_us, played)) => (*position_us, played),
            None => (self.position_us, &self.played),
        };
        let unplayed = |ms: &usize| played.get(*ms).is_none_or(|times| *times == 0);
        let end = (last_ms as usize..).find(unplayed).unwrap_or_default();
        let started =
            last_ms == 0 || !unplayed(&(last_ms as usize - 1)) || !unplayed(&(last_ms as usize));
        Sample {
            now_ms: self.now_ms,
            position_ms: (position_us / 1000) as u32,
            duration_ms: self.duration_ms,
            played_end_ms: if started { end as u32 } else { u32::MAX },
            rate_milli: self.rate_milli,
            paused: self.paused,
            seeking: self.seeking_until_ms.is_some(),
            ended: self.ended,
            ready: !self.starved && self.seeking_until_ms.is_none(),
            looping: self.looping,
            muted: false,
            error: 0,
        }
    }

    fn moves(&self) -> bool {
        !self.paused && !self.ended && !self.starved && self.seeking_until_ms.is_none()
    }

    fn edge(&mut self) {
        self.edges.push((self.position_us / 1000) as usize);
    }

    fn jump(&mut self, to_ms: u32, takes_ms: u32) {
        self.edge();
        self.position_us = u64::from(to_ms) * 1000;
        self.edge();
        self.ended = false;
        self.seeking_until_ms = Some(self.now_ms + takes_ms);
        self.tell(Media::Seeking);
    }

    fn tell(&mut self, media: Media) {
        let lag_ms = self.lags_ms[self.told % self.lags_ms.len()];
        self.told += 1;
        self.events.push_back((self.now_ms + lag_ms, media));
    }

    fn run(&mut self, ms: u32, hear: &mut dyn FnMut(Media, &Element)) {
        for _ in 0..ms {
            self.step();
            self.hear_what_is_due(hear);
        }
    }

    fn hear_what_is_due(&mut self, hear: &mut dyn FnMut(Media, &Element)) {
        while self
            .events
            .front()
            .is_some_and(|(due_ms, _)| *due_ms <= self.now_ms)
        {
            if let Some((_, media)) = self.events.pop_front() {
                hear(media, self);
            }
        }
    }

    fn step(&mut self) {
        self.now_ms += 1;
        if self
            .seeking_until_ms
            .is_some_and(|until_ms| until_ms <= self.now_ms)
        {
            self.seeking_until_ms = None;
            self.tell(Media::TimeUpdate);
            self.tell(Media::Seeked);
            if !self.paused {
                self.tell(Media::Playing);
            }
        }
        if !self.moves() {
            return;
        }
        let end_us = u64::from(self.duration_ms) * 1000;
        let next_us = (self.position_us + u64::from(self.rate_milli)).min(end_us);
        for ms in self.position_us / 1000..next_us / 1000 {
            self.played[ms as usize] += 1;
        }
        self.position_us = next_us;
        if self.now_ms - self.updated_ms >= 250 {
            self.updated_ms = self.now_ms;
            self.tell(Media::TimeUpdate);
        }
        if next_us == end_us && !self.busy {
            if self.looping {
                self.jump(0, 10);
            } else {
                (self.ended, self.paused) = (true, true);
                self.ends += 1;
                self.tell(Media::TimeUpdate);
                self.tell(Media::Pause);
                self.tell(Media::Ended);
            }
        }
    }
}
