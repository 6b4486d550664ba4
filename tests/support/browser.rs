//! Debian's Chromium without a window, driven as a person would drive it: real keys and clicks, and every request it makes
//! seen. It is spoken to in the DevTools protocol over two pipes, each message ended by a NUL. One process serves all tests;
//! each page has a context (cookies, caches) of its own.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long anything may take: a machine that also builds is slow.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(20);

/// The browser; `None`, said once, where there is none.
pub fn browser() -> Option<&'static Browser> {
    static BROWSER: OnceLock<Option<Browser>> = OnceLock::new();
    BROWSER.get_or_init(Browser::start).as_ref()
}

/// A running browser.
pub struct Browser {
    wire: Arc<Wire>,
}

struct Wire {
    to: Mutex<ChildStdin>,
    next: AtomicU64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    answers: HashMap<u64, Value>,
    /// The page that a session of a frame or a worker belongs to.
    parents: HashMap<String, String>,
    /// What each page's sessions asked the network for.
    requests: HashMap<String, Vec<String>>,
    /// What went wrong in each page's scripts or was refused by a policy.
    logs: HashMap<String, Vec<String>>,
}

impl Browser {
    fn start() -> Option<Self> {
        let program = std::env::var("CHAFFINCH_CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
        if !Command::new(&program).arg("--version").output().is_ok_and(|output| output.status.success()) {
            eprintln!("skipped: no Chromium (`{program}`; CHAFFINCH_CHROMIUM names another)");
            return None;
        }
        // It goes with the process that runs the tests: its pipes close then.
        let profile = profile();
        let mut child = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, &program])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
            ])
            .arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE *.localhost")
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("--remote-debugging-pipe")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let wire = Arc::new(Wire {
            to: Mutex::new(child.stdin.take().unwrap()),
            next: AtomicU64::new(1),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let (from, hears) = (BufReader::new(child.stdout.take().unwrap()), Arc::clone(&wire));
        std::thread::spawn(move || {
            for message in from.split(0).map_while(Result::ok) {
                hears.hear(&serde_json::from_slice(&message).unwrap());
            }
            let _ = child.wait();
        });
        Some(Self { wire })
    }

    /// A page of its own, nothing loaded yet.
    pub fn page(&self) -> Page {
        let context = self.wire.ask(None, "Target.createBrowserContext", &json!({"disposeOnDetach": true}));
        let context = context["browserContextId"].clone();
        let target =
            self.wire.ask(None, "Target.createTarget", &json!({"url": "about:blank", "browserContextId": context}));
        let attached =
            self.wire.ask(None, "Target.attachToTarget", &json!({"targetId": target["targetId"], "flatten": true}));
        let session = attached["sessionId"].as_str().unwrap().to_owned();
        let page = Page { wire: Arc::clone(&self.wire), session, context };
        let follow = json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true});
        page.ask("Target.setAutoAttach", follow);
        for domain in ["Network", "Page", "Runtime", "Log"] {
            page.ask(&format!("{domain}.enable"), json!({}));
        }
        page.viewport(1200, 900);
        page
    }
}

/// A folder for the browser, among what the build leaves; those of processes that are gone are removed.
fn profile() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let gone = |pid: &str| !Path::new("/proc").join(pid).exists();
        if name.strip_prefix("chromium-").is_some_and(gone) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    folder.join(format!("chromium-{}", std::process::id()))
}

impl Wire {
    fn send(&self, session: Option<&str>, method: &str, params: &Value) -> u64 {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut to = self.to.lock().unwrap();
        to.write_all(format!("{message}\0").as_bytes()).and_then(|()| to.flush()).unwrap();
        id
    }

    fn ask(&self, session: Option<&str>, method: &str, params: &Value) -> Value {
        let id = self.send(session, method, params);
        let state = self.state.lock().unwrap();
        let waiting = |state: &mut State| !state.answers.contains_key(&id);
        let (mut state, late) = self.changed.wait_timeout_while(state, PATIENCE, waiting).unwrap();
        assert!(!late.timed_out(), "the browser did not answer {method} {params}");
        let answer = state.answers.remove(&id).unwrap();
        assert!(answer["error"].is_null(), "{method} {params}: {}", answer["error"]);
        answer["result"].clone()
    }

    fn hear(&self, message: &Value) {
        if let Some(id) = message["id"].as_u64() {
            self.state.lock().unwrap().answers.insert(id, message.clone());
            self.changed.notify_all();
            return;
        }
        let (session, params) = (message["sessionId"].as_str().unwrap_or("").to_owned(), &message["params"]);
        match message["method"].as_str().unwrap_or("") {
            "Target.attachedToTarget" if !session.is_empty() => {
                let child = params["sessionId"].as_str().unwrap().to_owned();
                self.state.lock().unwrap().parents.insert(child.clone(), session);
                // It was stopped before its first step, so that nothing it does is missed.
                let follow = json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true});
                self.send(Some(&child), "Target.setAutoAttach", &follow);
                self.send(Some(&child), "Network.enable", &json!({}));
                self.send(Some(&child), "Log.enable", &json!({}));
                self.send(Some(&child), "Runtime.runIfWaitingForDebugger", &json!({}));
            }
            "Network.requestWillBeSent" => self.note(session, |state| &mut state.requests, &params["request"]["url"]),
            "Log.entryAdded" => self.note(session, |state| &mut state.logs, &params["entry"]["text"]),
            "Runtime.exceptionThrown" => {
                self.note(session, |state| &mut state.logs, &params["exceptionDetails"]["exception"]["description"]);
            }
            _ => {}
        }
    }

    fn note(&self, session: String, list: fn(&mut State) -> &mut HashMap<String, Vec<String>>, text: &Value) {
        let mut state = self.state.lock().unwrap();
        let mut page = session;
        while let Some(parent) = state.parents.get(&page) {
            page.clone_from(parent);
        }
        let text = text.as_str().unwrap_or("").to_owned();
        list(&mut state).entry(page).or_default().push(text);
    }
}

/// A page of the browser.
pub struct Page {
    wire: Arc<Wire>,
    session: String,
    context: Value,
}

impl Page {
    #[allow(clippy::needless_pass_by_value, reason = "called with what is made for it")]
    fn ask(&self, method: &str, params: Value) -> Value {
        self.wire.ask(Some(&self.session), method, &params)
    }

    /// Opens an address and waits until all of it is there.
    pub fn open(&self, url: &str) -> &Self {
        assert!(self.opens(url), "{url} cannot be opened");
        self
    }

    /// Opens an address if it holds a page; false where it is offered as a file.
    pub fn opens(&self, url: &str) -> bool {
        self.eval("window.left = true");
        let gone = self.ask("Page.navigate", json!({"url": url}));
        if !gone["errorText"].is_null() {
            return false;
        }
        self.wait_for("!window.left && document.readyState === 'complete'");
        true
    }

    /// What JavaScript says, promises awaited. The page's own policy does not hinder it.
    pub fn eval(&self, script: &str) -> Value {
        let question = json!({"expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true});
        let answer = self.ask("Runtime.evaluate", question);
        let wrong = &answer["exceptionDetails"];
        assert!(wrong.is_null(), "{script}: {wrong}");
        answer["result"]["value"].clone()
    }

    /// The same as a text.
    pub fn text(&self, script: &str) -> String {
        self.eval(script).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until something is true.
    pub fn wait_for(&self, script: &str) -> &Self {
        let begun = Instant::now();
        loop {
            // Between two pages there is nobody to ask.
            let question = json!({"expression": format!("!!({script})"), "returnByValue": true});
            let answer = self.ask("Runtime.evaluate", question);
            if answer["result"]["value"] == true {
                return self;
            }
            assert!(begun.elapsed() < PATIENCE, "never true: {script}\nat {}", self.text("location.href"));
            std::thread::sleep(LOOK);
        }
    }

    /// Presses a key: a letter or sign, or `Enter`, `Escape`, `Tab`. A page that is not all there yet has nobody to hear it.
    pub fn press(&self, key: &str) -> &Self {
        self.wait_for("document.readyState === 'complete'");
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "Tab" => 9,
            _ => 0,
        };
        let text = match key {
            "Enter" => "\r",
            key if key.chars().count() == 1 => key,
            _ => "",
        };
        let mut event = json!({"type": "keyDown", "key": key, "windowsVirtualKeyCode": code});
        if !text.is_empty() {
            event["text"] = text.into();
        }
        self.ask("Input.dispatchKeyEvent", event.clone());
        event["type"] = "keyUp".into();
        self.ask("Input.dispatchKeyEvent", event);
        self
    }

    /// Types into whatever has the focus.
    pub fn type_text(&self, text: &str) -> &Self {
        self.ask("Input.insertText", json!({"text": text}));
        self
    }

    /// Clicks where an element is, once the page is all there.
    pub fn click(&self, selector: &str) -> &Self {
        self.wait_for("document.readyState === 'complete'");
        // Which frame a click goes to is told by what was painted last: a picture has it painted.
        self.screenshot();
        let place = format!(
            "(() => {{ const it = document.querySelector({selector:?}); it.scrollIntoView({{block: 'center', behavior: 'instant'}}); \
             const box = it.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2] }})()"
        );
        let place = self.eval(&place);
        self.click_at(place[0].as_f64().unwrap(), place[1].as_f64().unwrap())
    }

    /// Clicks at a place of the window.
    pub fn click_at(&self, x: f64, y: f64) -> &Self {
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.ask("Input.dispatchMouseEvent", event);
        }
        self
    }

    /// Moves the pointer to a place of the window.
    pub fn point_at(&self, x: f64, y: f64) -> &Self {
        self.ask("Input.dispatchMouseEvent", json!({"type": "mouseMoved", "x": x, "y": y}));
        self
    }

    /// Runs a script that may lead elsewhere, as a bookmark does.
    pub fn run(&self, script: &str) -> &Self {
        self.ask("Runtime.evaluate", json!({"expression": script, "userGesture": true}));
        self
    }

    /// What axe finds wrong with the page, captured pages left out; nothing where `CHAFFINCH_AXE` names no axe.
    pub fn faults(&self) -> Vec<String> {
        let Ok(axe) = std::env::var("CHAFFINCH_AXE") else { return Vec::new() };
        self.eval(&std::fs::read_to_string(axe).unwrap());
        let found = self.eval(
            "axe.run({exclude: ['iframe']}).then((it) => it.violations.map((v) => \
             `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(' ')}`))",
        );
        found.as_array().unwrap().iter().map(|fault| fault.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Gives the window a size.
    pub fn viewport(&self, width: u32, height: u32) -> &Self {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.ask("Emulation.setDeviceMetricsOverride", size);
        self
    }

    /// Runs no script, as a captured page runs none: a browser shows the controls of films then.
    pub fn without_scripts(&self) -> &Self {
        self.ask("Emulation.setScriptExecutionDisabled", json!({"value": true}));
        self
    }

    /// Prefers dark colours.
    pub fn dark(&self) -> &Self {
        let features = json!([{"name": "prefers-color-scheme", "value": "dark"}]);
        self.ask("Emulation.setEmulatedMedia", json!({"features": features}));
        self
    }

    /// A picture of the window: a PNG file in base 64, the same for the same pixels.
    pub fn screenshot(&self) -> String {
        self.ask("Page.captureScreenshot", json!({"format": "png"}))["data"].as_str().unwrap().to_owned()
    }

    /// Every address that the page, its frames and its workers have asked the network for.
    pub fn requests(&self) -> Vec<String> {
        self.wire.state.lock().unwrap().requests.get(&self.session).cloned().unwrap_or_default()
    }

    /// Waits until it has asked for an address.
    pub fn asks_for(&self, url: &str) -> &Self {
        let begun = Instant::now();
        while !self.requests().iter().any(|found| found == url) {
            assert!(begun.elapsed() < PATIENCE, "never asked for {url}: {:?}", self.requests());
            std::thread::sleep(LOOK);
        }
        self
    }

    /// What its scripts threw, and what a policy refused.
    pub fn logs(&self) -> Vec<String> {
        self.wire.state.lock().unwrap().logs.get(&self.session).cloned().unwrap_or_default()
    }

    /// That it asked nobody but these origins. Addresses that hold what they name ask nobody.
    pub fn asked_only(&self, origins: &[&str]) -> &Self {
        for url in self.requests() {
            let inside = origins.iter().any(|origin| url.starts_with(&format!("{origin}/")));
            let nobody = ["data:", "about:", "blob:"].iter().any(|scheme| url.starts_with(scheme));
            assert!(inside || nobody, "asked for {url}");
        }
        self
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.wire.send(None, "Target.disposeBrowserContext", &json!({"browserContextId": self.context}));
    }
}
