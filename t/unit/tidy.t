# SPDX-License-Identifier: Apache-2.0
# clang-tidy, by the rules of .clang-tidy, has nothing to say of the module's code.
use strict;
use warnings;
use Test::More;

my ($version) = `clang-tidy --version 2>/dev/null` =~ /version (\d+)/;
plan skip_all => 'no clang-tidy 14 or later here' unless ($version // 0) >= 14;
plan skip_all => 'not configured' unless -e 'src/config.h';

my @files = (glob('src/*/*.c'), glob('src/*/*/*.c'), 'mod_authsms.c');
chomp(my $apxs = `sh -c 'command -v apxs2 || command -v apxs'`);
chomp(my $httpd = `$apxs -q INCLUDEDIR`);
my @libraries = qw(apr-1 apr-util-1 libcurl json-c libcrypto libpcre2-8 libargon2);
(my $libraries = `pkg-config --cflags @libraries`) =~ s/(?<!\S)-I/-isystem /g;
my $flags = join ' ', "-std=gnu11 -DHAVE_CONFIG_H -Isrc -isystem $httpd", split ' ', $libraries;
# A few files a run, on the processors that the other tests leave idle.
my $tidy = qq(sh -c 'clang-tidy --quiet "\$@" -- $flags 2>/dev/null' clang-tidy);
my $said = `printf '%s\\n' @files | nice -n 19 xargs -P 2 -n 6 $tidy`;
is $said, '', 'clang-tidy has nothing to say of ' . @files . ' files';
is $?, 0, 'and has looked at them all';
done_testing;
