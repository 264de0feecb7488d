/** The demo that up starts: its user, certificate, ports and configuration, kept in a state folder. */
@NullMarked
package io.culvert.launcher.demo;

import org.jspecify.annotations.NullMarked;
