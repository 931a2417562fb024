/// The configuration: one record per section, each component a key with its unit, default and help.
///
/// The records are the truth: the reference file and the docs page are written from them ({@link
/// io.millrace.mediaserver.config.ReferenceFile}), and a test keeps both equal. Reading, overriding
/// and checking is {@link io.millrace.mediaserver.config.ConfigReader}'s. Nothing outside this
/// package reads an environment variable or knows a default.
@NullMarked
package io.millrace.mediaserver.config;

import org.jspecify.annotations.NullMarked;
