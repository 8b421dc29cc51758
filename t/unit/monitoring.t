# SPDX-License-Identifier: Apache-2.0
# conf/monitoring: the alert rules and the dashboard use metrics, labels and values that exist, and
# Prometheus accepts them. docs/operating.md lists every metric.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use lib 't/lib';
use Metrics;
use Test::More;

sub slurp { my ($file) = @_; local (@ARGV, $/) = $file; return scalar <> }

my @metrics = Metrics::declared('src/base/metric.h');
my %metric = map { $_->{name} => $_ } @metrics;
cmp_ok scalar @metrics, '>', 15, 'metrics are declared';
my $promtool = grep { -x "$_/promtool" } split /:/, $ENV{PATH};

# What is wrong with an expression: unknown metrics, labels and values.
sub faults {
    my ($expression) = @_;
    my @faults;
    while ($expression =~ /\b(authsms_\w+)(?:\{([^}]*)\})?/g) {
        my ($name, $matchers) = ($1, $2 // '');
        my $metric = $metric{$name} // $metric{ $name =~ s/_(?:bucket|sum|count)\z//r };
        if (!$metric) { push @faults, "there is no $name"; next }
        my %values;
        @values{ @{ $metric->{labels} } } = @{ $metric->{values} };
        while ($matchers =~ /(\w+)(?:=|!=|=~|!~)"([^"]*)"/g) {
            my ($label, $text) = ($1, $2);
            next if $label =~ /^(?:job|instance|le)$/;
            if (!exists $values{$label}) { push @faults, "$name has no label $label"; next }
            my %known = map { $_ => 1 } @{ $values{$label} // next };
            push @faults, map { "$name: $label is never $_" } grep { !$known{$_} } split /\|/,
                $text;
        }
    }
    push @faults, 'no metric' unless $expression =~ /authsms_/;
    return @faults;
}
is_deeply [faults('rate(authsms_none[1m])')], ['there is no authsms_none'], 'a fault is found';
is_deeply [faults('authsms_texts_total{outcome="none|accepted",kind="x"}')],
    ['authsms_texts_total: outcome is never none', 'authsms_texts_total has no label kind'],
    'in labels and values too';

subtest 'alert rules' => sub {
    my $rules = slurp('conf/monitoring/authsms-alerts.yml');
    my @alerts = $rules =~ /^ +- alert: (\w+)$/mg;
    is scalar @alerts, 5, 'five';
    my $expressions = $rules =~ s/annotations:.*?(?=\n\n|\z)//gsr;
    is_deeply [faults($expressions)], [], 'of metrics that exist';
    my $tests = slurp('conf/monitoring/authsms-alerts.test.yml');
    for my $alert (@alerts) {
        like $tests, qr/alertname: $alert\n +exp_alerts:\n/, "$alert: fires in a test";
        like $tests, qr/alertname: $alert\n +exp_alerts: \[\]\n/, 'and does not in another';
    }
    SKIP: {
        skip 'no promtool (Debian package prometheus)', 2 unless $promtool;
        my $out = `cd conf/monitoring && promtool check rules authsms-alerts.yml 2>&1`;
        like $out, qr/SUCCESS: 5 rules found/, 'promtool check rules';
        $out = `cd conf/monitoring && promtool test rules authsms-alerts.test.yml 2>&1`;
        is $?, 0, 'promtool test rules' or diag $out;
    }
};

subtest 'dashboard' => sub {
    my $dashboard = decode_json(slurp('conf/monitoring/grafana-dashboard.json'));
    my @panels = @{ $dashboard->{panels} };
    my @expressions = map { $_->{expr} } map { @{ $_->{targets} } } @panels;
    cmp_ok scalar @expressions, '>=', @panels, 'each panel has a query';
    is_deeply [map { faults($_) } @expressions], [], 'of metrics that exist';
    my $all = join ' ', @expressions;
    is_deeply [grep { $all !~ /\b$_/ } map { $_->{name} } @metrics], [], 'every metric is shown';
    my (%id, @overlaps);
    is_deeply [grep { $id{ $_->{id} }++ } @panels], [], 'each has an id of its own';
    for my $panel (@panels) {
        my ($x, $y, $w, $h) = @{ $panel->{gridPos} }{qw(x y w h)};
        push @overlaps, grep {
            my $o = $_->{gridPos};
            $_ != $panel
                && $x < $o->{x} +
                $o->{w}
                && $o->{x} < $x + $w
                && $y < $o->{y} +
                $o->{h}
                && $o->{y} < $y + $h
        } @panels;
    }
    is_deeply \@overlaps, [], 'and no panel covers another';
    my %variables = map { $_->{name} => 1 } @{ $dashboard->{templating}{list} };
    my $json = slurp('conf/monitoring/grafana-dashboard.json');
    is_deeply [grep { !$variables{$_} && !/^__/ } $json =~ /\$\{?(\w+)/g], [],
        'its variables are declared';
    SKIP: {
        skip 'no promtool (Debian package prometheus)', 1 unless $promtool;
        my $file = tempdir(CLEANUP => 1) . '/rules.yml';
        my $n = 0;
        my @rules =
            map { { record => 'panel:' . $n++, expr => s/\$__rate_interval/5m/gr } } @expressions;
        open my $out, '>', $file or die "$file: $!";
        print $out encode_json({ groups => [{ name => 'panels', rules => \@rules }] });
        close $out;
        my $said = `promtool check rules '$file' 2>&1`;
        is $?, 0, 'promtool understands every query' or diag $said;
    }
};

subtest 'docs/operating.md' => sub {
    my $page = slurp('docs/operating.md');
    my ($rows) = $page =~ /^\| metric \| type \| labels \| .*?\n\|[-|]+\n(.*?)\n\n/ms
        or die 'the page has no table of metrics';
    my @shown = map { [/^\| `(\w+)` \| (\w+) \| ([^|]*) \|/] } split /\n/, $rows;
    my @expected =
        map {
        [$_->{name}, $_->{type}, join(', ', map { "`$_`" } @{ $_->{labels} }) || 'none']
        } @metrics;
    is_deeply [sort { $a->[0] cmp $b->[0] } @shown],
        [sort { $a->[0] cmp $b->[0] } @expected], 'every metric, its type and its labels';
    for my $metric (@metrics) {
        my ($row) = grep { /^\| `$metric->{name}` / } split /\n/, $rows;
        for my $values (grep { $_ && @$_ < 15 } @{ $metric->{values} }) {
            is_deeply [grep { ($row // '') !~ /`$_`/ } @$values], [],
                "$metric->{name}: the values of its labels";
        }
    }
    like $page, qr/SetHandler authsms-metrics\n +Require local\n/, 'an example that is not public';
};
done_testing;
