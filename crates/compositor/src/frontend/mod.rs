//! Where frames come from and go to: a window, or a script without one.
