"""Files that trackers wrote, kept here as their libraries are too large for every installation of the tests.

Runs of two arms and two seeds: val_acc is 0.5 + 0.1 epoch + 0.05 for cosine + 0.01 seed, after epochs 1 and 2; constant
with seed 1 diverges in epoch 2. Of MLflow also cosine with seed 2, which failed after a training loss, and a run that
was deleted.
"""

import base64
import lzma


def unpack(packed: str) -> bytes:
    """The bytes of a file that is kept here."""
    return lzma.decompress(base64.b85decode("".join(packed.split())))


# mlflow 3.17.2, its tables of models, traces and jobs dropped
MLFLOW = """
T>t=p0RR90|NsC0{{ShJMV(;C8Tck-h>j-
yF_rzthkyo`yX=3c1*=q4nqvef3IGCocIag^B4Y~R{rgk3IF0@QW#|Y|YJU8PXnV|xD$0#{Zb;W}cL%9<Lfz+-L;2+p|BFs8XFapy4-
hcnL1vdMZOwnVnDhI*a9fcUPCgNC2I90-ceCwkT?y+iaamxSQ<BmGM>rO>|Hd^+h@sel)dp_Zr+$Fo5>%IonBRQ8#!FTYU*%FP-
#f@Kz;5+Ael;*NR_tEoT7&;Eh;S^X`>Z$47);KtZ9PKaONaxn<Gqcb;O4B8AVI#Kh+-
yMHadKsxll`wz6d+s{eUCh@+>pQ6zEGHx&$$OT>kp6+m}w(MHHa;xAhFUhJGK=NvHNyQVxHoD!IBrWqxeo@=2kD_UyJVg)cHh*WcA_2(dW|_U)7I+RaU
hZl78Bk@uvy(}2*q>L4ycQJQF_x|hs|92ItuFvCuH7pn|312<!4ksWw@H7@0tT@w(08UQ<F6jQrmdC8i4mZl7B;B--
%u0*rV8jFWjx)E_f8J~L_E2ln^iN2LoW<1#bET`|jQORa2nMtE<WC-#e*{UVhPmYB%$>46?ljl0D*=?-
$1qVKYzk^}tMZ~~_!=wW0VA`y2@zGm1GQeCsm3zGxiGKa9O3J;())EE0{N3bpbhnLh;*68~-C!IHy0eI;kBT0&{@!wWx#QzV{kP0Oss-
R~34)zCOxlJTBaU_6Bp{ToD-s&(dy-U(s70%ccT;*o{31jRUHAM~8KnLVY24;lG)8zT<^n{7l@VREcAd3?D%DmH=x&BfC}ZP(`L4fAW|q}2dzI*#-
i63GF+uh&2Y{s**}B8fup|O+scjQVW)`axdLsF1Sn{2omFkYI$i+%Vcds+q7H2k6D%kA{bvp8Kit5L{&j=X@>8C(_UCA!)%eme|K>RsxPn_F~^<K0+dW
x8jT5TqLSi0FupcEk>Zbyo_aQLl>F3JuE&*X4?hcSH!MOY%fNZQ7`7OLKwyy^_3HNSWhS%MZ*I^O4uWvX!CV6rnTEby}%XHHI7w-
HIA4a}&rP!*d6kT3BB`XtKh*~z6tTy-
|M^lQh2or(&3KzapzXhMHmvH<;|WqEEKjW9dWj=)MLPc!N7)Mh{dI&jwHiywVGp>JDb7|k~PU*=6DH)^3AkIL2yBz&ek)+4{%u5bV=%X>QT0}7jnC|O*
VW1NPZ2%#rWkkwofyd{s{zzk67G!H3kHCYWT4v4`^R}%0UzZ;g}wz45z3g4~B>dzKce$jL3Ot{UF(WEQWS&-4lsA00c%Eny1L{;09l-
XVkSU?!xseY}CaCXRJbSYygzoQl$7eu*{Uk910Ri4c?B?y%WgKqY>FN-
35Z_tdu>&NI}DBSN$%8VSKSuSf$QqE8@;~h~hk)0R#!YiipNjApOyz@3qzN=^U=T<5FQaHhjEPD3B*Sit4v)44pafx)_nS^S)qkN{@Xa<NiN%X<n4SOw
<n0WY(T};#Pp+QkYd`+(#bky6|JCr{L(RXrTZG(EvgnUwy{*iV4x96ePBNne~Y?KxSz!9<0%gUlTYND?RUOBRZu1slaOCXiw3&qh=u?+(@y0@1ofFBc^
^w0d@y>0%~{%Plm#TLB=^=VwVr>9S~)NmxuS173+0m3HTA|fVNryF3zeda|ZY>gl&{frL%sez0ef!6+G%0sAbljB-IYkzy?M`h~w$pvt2l6??Stk)|h1
^CfaZ%sWbXHC?a3zIao`kb-#3|Zt<anO;o;wC~<LFl-
}Y`m_;*F0dtx;fV`i7={MHjOmP7Kf4oBdmrSsnmqJ0J<O$Q+)XJkMNd%wJErezl@<$DvbG!wOtB0<a0D#SA2W4Sq*X%F<{!JaeBsfw_h%*CCIM3nHLyZ
-tLXUbL2eg+t=KV@iZtgXaU85hCU76xnI}p<9@4D+JDf3831e|W=ym60KN~RYmG1UX&_wme@4MfSR7o-<T8|){8{<=Z-
Qz|>~m9)mL@b4Ll9*4ZwO15IUdmy8Jn9b8UZRvKObX(*1TL0$KC0pg{@15#*Vi%09p|I*`674d%LpN=SO@wz;Sam2AAp-wOM+H8=-
n@=xW~9TfCujUi%eI3-
Me5dBCD;f@KbqXgm4=R{G3Pt)HH%{2s1pw!>lT3<m2t&^O+>pu^Rml&MC%TVzJ_YY&tY3C|Z$pxowqrdQ%kDDpxblxzH*H6;2DLzMj7Mly1vFc~mfizd
xSmi-*?53Q$N%==%RU@UCX!HPuAfwHVeF@_;)z^CeG9HaiCWd0YJGWbxe4bji4L-g(v4D%Wa)lJlxQOHuqv|ki7v8jWM^!Sd;9DT&uo8)fLG7a-
Uv8Oog1g}RmOECkvfjejXA&+%EDQ1mm*CG9)8;K)RA9w5gTK@}H?=ZpLijPEns~P80+-09+<K@!dk(9kG3Y^W$_#+HzXj@|$z*&+fa|+SDnpZ`#UR!$-
K`QO=A*r(y3)PxjDoTv@DQh1+?Ofu5oOTCBa*h7#MWd~DFrLl6dU9P?3{Fh{5CegwV@9AgQ-
F|1blU`ufX8(1`JCK;r97K~(VqligN&ch&?ROg29rCWVR)t>=*YZ&lj<hCMOP*wrq9~osvCjcH^~#p%I<C+hJW{lBQGn9)aDFv{Jz`mP$^3zyP^ln^<K
m=AKul#Zp$&P8V$*#Rq3t(A57n^1N?uR8@x!F$_ut}9d~rL3wwB>tRy)^hDZRrC7Q(dm42m2QZVt@7D_}FOw`)OrA`J58Un`a=u$4OfhF5O!cdWZ&&<-
}LoD+dOizvBgWb${bMf=HJf<z57?XjAL>E-`qy1+3&=*+Fx#UpLXJ)xiko?c@$ZD`MNwJc6C(HyKc@Qy&FOlm_bAKb3E0LkQYNg}jrn=>jGEd`=DdI=-
(xTzU3XDzPrR~oPYeFxxJ+Yw|o)G6D2s+W^Rfx`g0R&>Zh6CQYqMDL%lpe3aGL(5d!61TZ4LtxQYtiPWr5G=Ps>vKRl<fgqPW;=aCmQ%L0v6sx&RjU>$
%=O)>`*+J#=|?D8Uf|Hea91e<3u%6-d<~pquSL4QsSt|bdhA%(xHx~LFIaVrNNd2%5m;~JFa;qUxYC*#>N=h8wD`+Q4F!pSVw@+znP@-
ZEop}ftZmp{V$!5lbrUVJXVk!Rwy7fBwg2`j{m4w-
OHd4fBI7F@vJL`w&{kkUAOJ5YbYToT75_!j&*vHEm8>ZG>F^0jl&5OVIvEol1rE0F1}j&x+Z=|$6T*_u^6#N_8a2tjF@m;0gcoV|7JB;6yxK`lth4}Gf
zyIELr0NC-oC{g$ACXeBf$=m(vN5Iz6B?)V=mQtJo`s{}2MOKS26F<L)J8+!U`IC~3OlcL+Jcp*nYxS~q6?_YWZA?r{>&{fb*6iy}pJtB31#ZEL1n?oo
eCFEWs0ftI7n9~v{S^}<2RZir9@y*QD&`t&^V95NzZ(virjkWqkdU%vJz)nexo_{z~%+)Vv{8!ft?{r*s8KY2%U2h?P_aR3^g;gpH40m?R}*25=C-
4CffW(uEe+$$vwsy<fP^cZ49gd&@M{C+yt&LM&~5{(l{vs3s5n(K&v?#-7sv@;r@>Pr3-
N+3oq`j{!z7{b=vRMpIn4t!_N#AV1hq1dC7%S@5UR8gVhcOe>3fp&wz0y{OJ;{Ec)m!I)6U@cekT)ib0B>Z{&NV_LLxvmsNqJ&6UZx^FvrKH}_JMYI!A
sYWa#bG+j{jGmS(lZLZLKJdqerIaGbh2}3wR3Jc1f2>RsKj5>(uWp*5XYTeZur;E*69DUM<wFmF-RBRRPr%;RJhO3>DQ_G0BljfT$)lT=0o=bHk*4_Af
{PWuzH@4>(S-
F>_Z}YA+Gi^tn$|=%W2VqkPMYg7~HzPtD7e)$S&WkkCDt41epcWXWShjK3q2iM)5X%;QwvCk=&ZPiPb*G5)U+?B~htA1zl)}grvm<x$=g$JzN>JPt>ZY
8VaQ>e^$R9X+F)UR_;V#JHF3#&R#&_=Hu<}7Y&4l$YlrbIIb_w(vck()yGlB<RgH2_;~pnDVl}~Uu)0~n1y!y<JQt?fTZBT@)q(sQg+2eBOdaUA6cAtx
*Y+DKsh5;^Gkk1^Lm>?_N{8|PCL$Mzs7QTg1#m5O3Qcq^K>ODL!IQ?E6N~0k&FgD<GR!fe8uEyGuaQY24PDnJ43l^2jS&MtnPhk<)Vm;p*Q4-
5KnJARY(Z&?}O@7yq7rA>Lza;*fr+QhM=!9+-
1;!V8%sITam<cxVNY4g@xP&wdbi2{Yq}Jo>j=1YG_c)y3k7lMFXrr6+#e~rYw;FKPr)KBuR;;8>MPpnB$|Q*3hg5@65Urm<cV_tgw+C41E=C_Y9+W<2@
5JZbFa^ILz!JKUF|F`;YnOxhM((XBel0Z9H5&#ijK+O#jX-I+p
"""

# trackio 0.43.0
TRACKIO = """
T>t=p0RR90|NsC0{{ShJMV(;C8Tck-h>j-yF_rzthkyzdJXU*Y34TcJHFRkdBj*tUWh?&uiM{^`v_K-Vk{x0EINK58pemQ&9?tZJUgo?B%3tIcNQv6!Y
^Vr{e`AE8)p{ShL09RO9girizlZ353Rr_qJ50TEq#VC6L-EeWal9CFaLlcU23&QsTejuLZUsLvAA>R3Dh+w@R8dqUskk<n;vL^6B{6k;*3-
Gy1rflPwVxer5$aD5(yYRqX<VAMyEKpXcMO6upIZ$z;L^@byJmSpZn>H8K2DC4&JKLO9gV6R=&*T=<Owbi*|yWoDdh!!wprO5%99-
=b0`Jju#6LNMaaq+GL||=F{`?(V@BT+Sba!8#Ea-G9Bmb#^9FUUu83IB3J}O?;Jb<R`VSq-4FY7pt*=1JF9d-=^*dDOs(~EU-vEyRvfFeN_)KyX7Wx_s
xKY!|7L?Vrl^eJUR*k$FQ`3D^)5}Z$py8cMQplR_>RzcE5w`EYhWgUiyH8PBDO{BA|NZ(*yEVwSHz7GboCH&9kc3tS=_QSLQBxtMgnqU~;Wc)yiOqpUU
rrF+VX31jG``R{2dQ$|Sc~KI=E}T}-Y2|;b=?jH^+hs0rNjpkuB1-
+`$Qixg5dz#z`LDmwRE93@%G^$_a9O<k|UUOX3QA^R=#sXw4A++q=_=1F@@GhKdbA39A72a@5~=Uh|r`H-
Yl#A;nj5?k!A0Xj9RG?9C|Pa|3G8>{=k!k?5FX6x{<%2SfStmzpqR5s;tYwP9v*7rubm}g2$d?VMJ&#8IHkqNbps$%~k!}S^SIke|;PDN~A>DPBTPz43
6mb26;)K3zGV-
&33;QHYaMVH8@oRinitz@R_mV_MpFAE_9;O)Vm=_WW>Lzrt2^y<dytdm!x<KnLu9NB<c`&&%~fsc5VqXfZ#2Vm1dFC3)hXTj_Ia+XjjhDQm@jYkOyTDe
fWXVgx_3_{WD5<i?vY#CKR}qx$hF#0xDp<b#52fF=ehsy+KvyYqCXfdbRtVM)TQJBv{GLPLi(Acb7<`OK(T~M!rh%?_~{G`_U~5Fz5xQD%ls%HNQ>9^7
(8a1x|dfBcvLI0dM?8a!z))dZE(JBohNNs*8~3BD))pjT93)Y`H67O`r)NR=>omX~cV?$}(s<plu#wTcxek^GM~6SdSEzD%@C`bTxmis*C%&hU)0%LSW
Fm-;)GC;bg*=gtWHz!1&E(wO^-4^7coS&olV(WY#oviKbiy&iH6Wu(*1JLCLQ-
<zHJH9jrOtZuAibOel0h#}axY0pfjcsk>s0=2a>$j}Y}x&%WbD$+4dCnL3sZ_+STJ#4=hS$6BYyDAjR64c*gfARCgpvtfpawI1nr?$Ct=@=V7W$BOMR-
RVYkO}%bYT+Jxi6OYw^s}1V8jsZBSe^ZrML;U3r06mj|qti(4&_;$8FwJ<J)H#{f&>UAQG$65&VWz(!wwkp@v)dCjI|yP|QuH&VkQvYNVY@V9015|Uqh
%t0xa%SfKb)Gk$hl9pGKUOe7NSj=x&|VT)fCSjQ`KxK0WyCQ&@<33B>}k%<Pz*p1N}-
|>n1{@Wk>o*hH(8LzEFRjF_&Ps(t%Z(J0r(%_+OvE3dp~R@`EJJL1Pxn`}PA`_w(WVDw6*!P|X^ZEx*m8+X$_7MV#XeTT2m9b&KDS(`r<rFT!!^u4nHX
SiHn6EG9N54%Pt&Z81AxnX+kb_r#!j02`9>eAt#B*xd8Bm?l4AXwhtH!f+5?@Kb3o4U@a=5<l=|eLzMy4+G^y^19i_#hT+|43}ljX5+=0yxf^{Ascu4h
?=Q(07}tZCDTZ2p;=4d^!8-DG)Xy1u6{u2--Oq&2KICz%%Du*8SL@a$_Ra2INZM4bGvckieGfOJ>cn9Rp4E(By7^nJD3r&bi<5%!yRzJ>}IydE2JUo^c
p*xc;YOnx{Y9`OF!;Jw65illg4u`yk(Rd`IPe-UA^YX^&FLYJz{VqS11?jZZ;IT{}{M>qmli%?<gXn3f~WoGd5rFQ!sZM1klSJ%o84_JM63DGQnJAR0l
7VKa6R_5<px`$U8A0anAckt6>8go~EH@X`Q}yN1nhgGgBvjReqqG5D<s5;KxkSKiz}sfpKHi@Lp~A;jj}lLyW)BkDRgENXM<s4WSHLLS3#elu>xW2S)y
igcCF>-
R@o{v4hyPrgiK4Rh@Id&p9I+V?Rcj%j1AyR`O3INM=q*C%5jZ1P!f42p{G8@>8T|{&ogR?Pc*5jc3nAXGJAyJ1z*@IiszYLHZz<@YSh#16WAyA$6nDqM
nQl5y0N$JQ1OYWX?!d{NGFv5;$_2eT+G<C><}?nbw$$ujiX|2RT9z3?Q9H&2AgNkGj~0#;`dYG0q_&6)40e>)iPBTB{G;HF{up2e_;{NNGKHOjimkb2f
pD$l9q>U=8>5FTbGbo2rqb)y9w?WBvfttQkK?^Et6;+n2Z|_Ej1($?wTq2I62I)hOcGS<+%G^jn_K;2Kv#!`3pQlqzGG8AEqGSD$4D^>E-
RX@xi+FG$;t)>A%><YGgtYDIQyLq!i0r%V#+=c@Gt{-lmhQ_Y#CGmdaH-eJ0dOmcbLOUFo+6jbRR&)yv=0kS=6(3Q~Cji&PBdJDoX*Yb8NxS1M&Qon;0
im8k#NAInYRY77EGRWQ`{v|$AHU?rK0Yj(&a^)Od@H*lsIhhmSP*s1pwg%{$VZ)7qh#siTK<_wvfj$Hiz@F2ypb6;)m`C8bha6bZFV9PlxY<SWcq~`$F
BVk`=KzBw5Nh00f+d@*a(VyNFI=H8SDE1U9C!}|HgR%X{+=mIU6j3ThB0nhiBXYw@dI#o*ra}0<lgOJ6%k0<yxLG)d(IB(R22%YE_pM^C6wf5dyY(h?t
@`Usx+qm+-
Yk!{rrVPahWbAAU%<~!{2pQrLJMmlpGn`CE6_=CZDy4w0X^xBg07~_BQiMYo}6cJJxWuF^XL64G+l1mzK{M+}_t>ry|RZL7rQWbvD_Fw{ReXK{Oc-
FG>ZL<AcXz7M7tlql=-2x$F)<g*h}^ut?`HI~Aur$JVACth~>`+x-kI?X}TXKV>{&h=j>iArc-ja2@ud8oVBSG(8)i&0eRGW>C*ZAKmm%(-
LcspXB?^Qrv?c2ye@w$Qwe=sU|GSM*iTHGn+ofY6pmsvS>|NT>}FP<!ZTZSUmkr<>baOu2GAU1je3W(@e<w@k*^5&Nh^RIi-
B!*XEYHKV$q?9uM~2^UwK%m|aP&A2=onpZwyIhZLmWCFNhm=lZ<$^9z`o9*J=@L;ScxnxYp58oNzUA+F(U%cI`EyTq=k(z3&(1h{d4ZEpzdBpJ-
fDhZUoRGB2v*ZkQtq-p?qqFA8miQmA8FF$`d&7!-7Ac)hBwl7u$U2Xdd;c&~yHxSPGIu|Io5J;*g^fWaXn07rQv>-n%ws+pp^yHwcK$nD(7frz-fy^P=
2GTjaU|a>oe810G=oXP@Of`gfD@Xp&^Fh0R{OkZT<#nP_4>;Fi?f<-!mLQ*EFZ!T_$x)Ws@dw&C3bD9K@YYX&yCbz1tnpAv`oD0VUSAQH=eOnsJw$-
#=A~~6H<jmO6-D8-8oRq9-K2<hkN;H*1cCiA=(I*a{!*`e?1XCOH4939C=lwKw2RC28xGqBn!mG}G--
;%?YtkG*1X`f0rjOT*|w%Xb2+8|_E357*b$ryk04yZ^mOrA{C~)wh(f)n;3ZO>-zUKbL@mu+nrRVj<#dFx-
5yZHo0~6Ui^n7We~>CpKQG9I0E+Lj!zBRPT%p>ko_2MS0nZGh#2`2po=xpuF6-
laUrO~M6puW}XPD%)^>y}6RXf+#yAeJ8+^Q3Vc?&7fIJ<u55mYaNL90~V*H;M5OItf-uJw*BK-q6~1C+Zmz;$%Sd;W-
?zLcXOgt;q36_D*7$HEY)yR5kQ?gc!`;UuLQ*bQT^fAld4HOW5F<XN|2D<FpgWtSe)R+zKL$hW<=5T9n86)6GH#M1AIn0@7w>R_OrvUfE28jZQdUn=<5
lZBuwy*${wu5?@&==$UI>5#e#vGAN3!BiEkWhiDVJ;rWhBng&M#eT0QM39Ud*TP(q>FU+W5e4~b_<5TE@gl-
mHrlT@f1FK9<Tm-Z*xv<X#8uq&Q@b4HbqI|(C+^$3Ekm)aZh~c1NB@>i=K&q|%1&G)8|6*oXJ&4H56SpNaVOUKI{(Gf-
fB9Ag=SsQRBFgm$H5S(^dFH+RKObu#kIxTh_9di7n~&
"""

# wandb 0.31.0, offline
WANDB_CONSTANT = """
T>t=p0RR90|NsC0{{S5oz{DuN#3H7+=XPtqbca#A=Dw2kw23=eMeGAr6{7J#&Qrkf8^2-2=3{a9SL=y$xZNGQc3Cib-
P=Fxk|w2q%M7Ez);Viqq3xc@0Da3#vN+kY!u{qCG#k{4Rp1cGdg!O+pLrN9)?H&I%2Za>Wal*A`0$ZWm{~#$6g0Nl8y2+eL@mv>m_7`qzVjP*(l4M2y+
(~evw~++(vTW@SAnILPRMn#fey{HCpckVsQ*8s)aGBrRHAWJez=App8v6~!{_SIjxUF92DeTx$7UJD@zc1VHtIC(<xkk{WER`;cRDd3J50h4*9JZDyZp
D4!2aeHr{YUuw&@g0dI)D0sA>(^aZtpp6QUh*8k2)%)W@&RS}(n&-
V25=om2S)?7AgX!o=|)b=$sw6sb_RFA6!|m(!GEKO+~>%s>eOLQ@~OE)$(nPx9>^*DskPQ>2^r8Uu~0R@79C7@3ig<!mIU86O7k^;s@{fOqb9-
^hY#Aq^b;z-=O!lCjl|9t&K|!M1N_WXViAM-Cz$vgrbxNQyqblnmn9GqFY?-uw**4EIKr2NJeO&x|iZkZS&WJWJJ`rD)(4skc%V-
~Gs9h)W)itZ?X)AN&XZx?af4pq1t1cwW*1{H2z#A?Jf08{d*+a_iZiv-
t}G|GBZn3(90CBDNJ+R?@LehWrSVNz(`X?rZk$hMQIoDpqAJ48il4dCl)1Bcn|!Q|XbZWi}L^-
Ur*B5M&+SID9H*XiBJHjP}39WRSJW^qIrJ+{O1P)!mTx5Gm^8hV<o9!9nHmKphk`<cK`uF#QT1c=Ol?#Xr;j`0j3@
"""

# wandb 0.31.0, offline
WANDB_COSINE = """
T>t=p0RR90|NsC0{{S5oz{DuN#3Hm(+O(zy_a_x!(^9>kS^-
Cbc(D9t)#)^NT$;&gpMxWv5l4Ccm?K=sUxn8K3xOU+b(AIEk^$<3NV?<XhvlFmiw~YAfS?-(Hb$YpdM3-
rMnVzypg$E4n+f4mp)r)!WU6<9UWhx$a8!E|eQe@DDlCDspol19_5Ghw&#9Q#b#eRago1W7?w+*nr#trNIDWS5VY?O6QvXS~9N-
QU#2Q;#O6aWF_JRw?)@I!-k-OX<;t^{G^<T?Ukfo_FyOcWb$k$tomC=~%{3xalL!;oCR@_&6aGVT0(C2cqWS}&Y=fgA9-
n~14Tsxfx1>2CnB2=!v*XahZuCrfu;+;2s`%!FK{abhM4^U{Y>s3AN-
wWdE191M|u%GP)j~M2!2L;FpjSfqDq8RO*XeA3-d;gNx3$GjeobgFM&)V{uqNuUtC7xPTdJ&wQ!{?_264b}|45dKn_qdgX;biROtl7OV9EM-I-
n;(I3AeiNjUz}@riKFG$aZTAofs&g^V+;Fqq)=L5GS%M=y({E(!llmt=5Vju{8g@yC^GnGTvbh9s_q5h~CGB>RdvPreZ)tpXbZNO|lHDzR6MYyzbkj%!
$j%&_ojaa&l}l5uC_>5MV!L@DH~<JT4qJL~JW~Y!tk0>?-@_{e}#)1!_kBF&buyw->PV`6z-aY`uijSw48v=r~SMf<NIw4tvi!vX;va-
YYNJvW1X7gn39@N&Hk|Ii=bClt$RQr;!Dq<%XqS1{Q$9I61e;sd|<qa1AQSPTm?om$gfPf#2fRzkD43=%uY-
"""

# torch.utils.tensorboard of torch 2.13 with tensorboard 2.21.0
EVENTS = """
T>t=p0RR90|NsC0{{SQaF(1hyLV$8JiqP<?U`8qdia@$PaKc>4W8|0*Co9)~WA|}f!7KB)2ctzcf03qx+2*PoFv!kc$WJq(Fmb1t=o$9qEs^N&<I9p7u
^vroU5h=%kUsL_2&E+9GBRI^P$kJ%j0oVVR_QxR**~x|Ky^Y=$a)e@<KeDr`pr(CKSjIBs<>V;m5&=hirn5K2Ye{cy@2bOSJsFu$`wBnF#x&@wXQV~fi
>Fb0@xQTM$v27^4qJDC#H$0Jc=bld}iN0IMKJgMEOcvY(ukB_z<{)ZAdV(?7;OeGd71pdmwa<dBU0Q3%r|QYX-
%{CP4Is7|L}+En^;i;(|fpkt>T^u1R(BLjuhUA^Icfqd$DF!h!hS<gPtoO&QflvDr-GjLHE4U;pB9%m4
"""

# the same, by add_hparams
EVENTS_OF_SETTINGS = """
T>t=p0RR90|NsC0{{SQaF(1hyLV$8Hq0N^UjG^5sn%&Tj4MY$i@jN#5KY$}pQD+!o)Bz?V0tiQzY()D7v(1IKwm^ba)oF?~2S8Ab8=XN&TXY2cv(E_R*
&k<uI+2Qub}zO%((-
;&B|^y{uu0rbN~lSmq@YXQJft{)IGOu|E=aB{0FeKx93CD{`ocExa}ZU%!;R=#0r&|fOPC84*8>jWhj?g*OY5sOns>o~5To01<|0CocIeQ$u#AM>@bRj
D0j)h%e8<A~G*H7XD3yIP|4=>l=2#dq7DX3S**c8YLbC{W`F~Epxv<P&o+d|nJ{6Z3C^!!jwYCvn#g5`DDsF+3)Q4o!5t1_3tOdB50S@Xs1{0<P9WNr?
*R)Jm;Zl$)Hm!Msq|I?$<mxWUgV-9Ubcqx;EFnLA3~=b9)ez$V8H15eisU;X$?;d|kEMfUBEiiV|M*PjX#
"""
