# SPDX-License-Identifier: Apache-2.0
# The demo's pages in Chromium, served with the demo's own httpd.conf: every view and flow,
# axe-core, layout shifts, and screenshots in AUTHSMS_SCREENSHOTS (default: t/browser/screenshots).
use strict;
use warnings;
use utf8;
use lib 't/lib';
use ClockOffset;
use Cwd qw(abs_path);
use File::Path qw(make_path remove_tree);
use Httpd;
use JSON::PP;
use Test::More;

my $chromium = $ENV{CHROMIUM} // '/usr/bin/chromium';
plan skip_all => 'no chromium, node, playwright-core or axe-core here (./dev deps)'
    unless -x $chromium
    && -d 't/npm/node_modules/playwright-core'
    && -d 't/npm/node_modules/axe-core'
    && `node --version 2>/dev/null`;
my $clock = ClockOffset->new or plan skip_all => 'no C compiler here (./dev deps)';
binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);

# httpd with the configuration that ./dev demo fills in.
package DemoHttpd {
    our @ISA = ('Httpd');

    sub config {
        my ($self) = @_;
        my %value = (
            DIR => $self->dir, PORT => $self->port, SOURCE => $Httpd::root,
            MODULE => $Httpd::module, MODULES => $Httpd::libexec
        );
        my $conf = do { local (@ARGV, $/) = 'conf/demo/httpd.conf.in'; <> };
        $conf =~ s/\@(DIR|PORT|SOURCE|MODULE|MODULES)\@/$value{$1}/g;
        $conf =~ s{^ErrorLog .*}{ErrorLog logs/error_log}m or die;
        return $conf;
    }
}

my $httpd = DemoHttpd->new(env => $clock->env);
system('cp', '-r', glob('conf/demo/htdocs/*'), $httpd->dir . '/htdocs') == 0 or die;
$httpd->write(
    'authsms.key', 'hex:' . join('', map { sprintf '%02x', int rand 256 } 1 .. 32) . "\n",
    0600
);
$httpd->expect_log(qr{AuthSMSSender log writes codes|AH01631: user Grace: .* for "/editors/"});
$httpd->start;

my $shots = $ENV{AUTHSMS_SCREENSHOTS} // 't/browser/screenshots';
remove_tree($shots) if !$ENV{AUTHSMS_SCREENSHOTS};
make_path($shots);
my $site = {
    port => $httpd->port,
    log => $httpd->dir . '/logs/error_log',
    clock => $clock->env->{CLOCK_OFFSET},
    role => [abs_path('authsmsctl'), '--config', $httpd->dir . '/httpd.conf', 'role'],
    shots => abs_path($shots),
};
open my $node, '-|', 'node', 't/browser/demo.mjs', encode_json($site) or die "node: $!";
while (my $line = <$node>) {
    my $check = eval { decode_json($line) } or do { diag $line; next };
    is_deeply $check->{got}, $check->{expected}, $check->{name};
}
ok close $node, 'the script came to its end';
$httpd->stop;
done_testing;
