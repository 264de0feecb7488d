/** What the tests of every module share. */
@NullMarked
package io.culvert.testkit;

import org.jspecify.annotations.NullMarked;
